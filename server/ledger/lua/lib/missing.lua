-- The form of what is kept of an issuance or a voucher that is missing: 'open' until an operator has decided, then
-- 'decided'; who showed it; the version and the digest that were shown; when, ms. ledger/missing.ts has it too.
local MISSING = '^(%a+)|([^|]*)|(%d+)|([^|]*)|(%d+)$'
