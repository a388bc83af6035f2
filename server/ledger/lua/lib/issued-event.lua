-- Version and digest of the event by which a voucher was issued. A refusal that shows that there is one names it, so that
-- the hub tells of it only once replicas have it (MIN_REPLICAS). ledger/outcome.ts reads it.
-- A format and no function, since a script makes its functions anew with each call.
local ISSUED_EVENT = '%.0f %s'
