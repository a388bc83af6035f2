-- The form of a settlement in a voucher's record: state, mode, attempt, drawing, amount, digest of the event that
-- honoured the drawing, party and number of the account to be paid, note (why it failed, or the reference under which it
-- was paid outside), holder. ledger/settlement-record.ts has it too.
local SETTLEMENT = '%s|%s|%d|%s|%s|%s|%s|%s|%s|%s'
local SETTLEMENT_PARTS = '^(%a+)|(%a+)|(%d+)|(%d+)|(%d+)|(%x+)|([^|]*)|([^|]*)|([^|]*)|(.*)$'
