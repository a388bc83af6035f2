-- Version and digest of the newest event of a record, as a refusal names it that shows how the record stands: the hub tells
-- of it only once replicas have that event (MIN_REPLICAS). ledger/refusal.ts reads it.
-- A format and no function, since a script makes its functions anew with each call.
local SHOWN_EVENT = '%.0f %s'
