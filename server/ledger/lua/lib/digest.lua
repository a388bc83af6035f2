-- What the digest of an event is made of: the issuance's salt, which nobody is told, half of the digest before, the
-- offer, number and name of the account that stands after it, and its line in the log without the digest. Without
-- the salt an account's number could be found by trying. ledger/digest-chain.ts has the same.
-- A format and no function, since a script makes its functions anew with each call.
local DIGESTED = '%s\31%s\31%s\31%s\31%s\31%s'
