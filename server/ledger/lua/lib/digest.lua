-- What the digest of an event is made of: the offer, which has the issuance's salt in it, half of the digest before,
-- number and name of the account that stands after the event, and its line in the log without the digest. Without the
-- salt, which no terminal is told, an account's number could be found by trying. ledger/digest-chain.ts has the same.
-- A format and no function, since a script makes its functions anew with each call.
local DIGESTED = '%s\31%s\31%s\31%s\31%s'
