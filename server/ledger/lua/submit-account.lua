-- account:submit: the payer sends an account; it is verified and, as the review says, frozen and issued.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal 5 account 6 freezes 7 voucher 8 liveVouchers 9 undone
-- KEYS 10 untouched 11 probes
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or ''
-- ARGV 7 digest of seen or '' 8 wait, ms 9 retention, ms, or ''
-- ARGV 10 account number 11 comparable name 12 last digits 13 PROBES_PER_PAIR, or '' for any
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state, rate_limited, account_name_mismatch, account_blocked, currency_mismatch, insufficient_funds, insufficient_credit
-- Effects: account.verified, account.refused or voucher.issued; frozen, freeze and voucher; what was verified without a
-- Effects: voucher is counted
-- @rule account:submit
-- @include steps/read-command
-- @include steps/check-command
-- @include lib/verify
-- @include lib/issue
-- @include lib/probes

local account = { key = KEYS[5], freezes = KEYS[6], number = ARGV[10], name = ARGV[11], last4 = ARGV[12] }
local voucherKey, liveVouchers, undone, untouched, probes = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local most = issuance.issuer ~= issuance.payer and tonumber(ARGV[13])
local pair, found = issuance.payer .. ':' .. issuance.issuer, {}

if most then found = readProbes(probes, pair, now) end
if most and #found >= most then
  local first = tonumber(string.match(found[#found - most + 1], '%d+'))
  return reject('rate_limited', integer(first + PROBES_MS - now))
end

local code, kind = verify(account.key, account.name, issuance)
account.kind = kind
local event
if code then
  event = refusal(issuance, role, issuance.state, account, code)
elseif issuance.review == 'every' or (issuance.review == 'first' and issuance.state == 'opened') then
  issuance.number, issuance.name, issuance.kind, issuance.last4 = account.number, account.name, kind, account.last4
  event = {
    type = 'account.verified',
    by = role,
    state = 'verified',
    rest = accountText(account),
    set = { 'a', accountField(issuance) },
  }
else
  -- Under the review 'first', what follows an agreed change is issued at once (claim 1).
  event = issue(issuance, role, id, account)
end
if most then
  local name = string.match(id, PROBE_NAME)
  if event.type == 'voucher.issued' then
    found = readProbes(probes, pair, now, name)
  else
    found[#found + 1] = integer(now) .. ':' .. name
  end
  writeProbes(probes, pair, now, found)
end
-- @include steps/write-answered
-- @include steps/write-voucher
-- @include steps/reply-event
