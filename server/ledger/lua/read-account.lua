-- GET account: an account as it stands.
-- KEYS 1 account 2 journal
-- Answers: not_found
-- Effects: none
-- @include lib/account

local key, journal = KEYS[1], KEYS[2]

local account = loadAccount(key)
if not account.kind then return reject('not_found') end
return replyAccount(key, account, '', markOfAccount(journal, account))
