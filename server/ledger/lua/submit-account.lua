-- account:submit: the payer sends an account; it is verified and, as the review says, frozen and issued.
-- KEYS 1 issuance 2 events 3 deadlines 4 open 5 journal 6 account 7 freezes 8 voucher
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 wait, ms 7 retention, ms
-- ARGV 8 account number 9 comparable name 10 last digits
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state, account_name_mismatch, account_blocked, currency_mismatch, insufficient_funds, insufficient_credit
-- Effects: account.verified, account.refused or voucher.issued; frozen, freeze and voucher
-- @rule account:submit
-- @include lib/command
-- @include lib/verify
-- @include lib/issue

local account = { key = KEYS[6], freezes = KEYS[7], number = ARGV[8], last4 = ARGV[10] }
local voucherKey = KEYS[8]
local name = ARGV[9]

local issuance = load(keys.issuance)
local role, refused = check(issuance)
if not role then return refused end
local code, kind = verify(account.key, name, issuance)
if code then
  local event = refusal(issuance, role, issuance.s, account.last4)
  event.journal = { 'account', account.number, 'reason', code }
  return done(issuance, event, code)
end

account.kind = kind
-- Under the review 'first', what follows an agreed change is issued at once (claim 1).
local waits = issuance.r == 'every' or (issuance.r == 'first' and issuance.s == 'opened')
local event
if waits then
  event = {
    type = 'account.verified',
    by = role,
    state = 'verified',
    rest = kind .. '|' .. account.last4,
    set = { k = kind, l = account.last4, n = account.number, o = name },
    journal = { 'account', account.number },
  }
else
  event = issue(issuance, role, voucherKey, account)
end
return done(issuance, event)
