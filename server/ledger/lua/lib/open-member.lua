-- The form of a member of an index of open issuances, or of vouchers: party, time of its entry in ms, id. keys.ts has it too.
local OPEN_MEMBER = '%s:%s:%s'
-- The time of the entry, and the payer's partition, with which the id begins.
local OPEN_MEMBER_PARTS = '^[^:]*:(%d+):v?(%d+)%-'
