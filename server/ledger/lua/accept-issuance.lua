-- issuance:accept: the issuer accepts the account that stands; it is verified again, frozen and issued.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal 5 voucher 6 liveVouchers 7 undone
-- KEYS 8 untouched 9 probes
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or ''
-- ARGV 7 digest of seen or '' 8 wait, ms 9 retention, ms, or ''
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state, account_name_mismatch, account_blocked, currency_mismatch, insufficient_funds, insufficient_credit, account_refused
-- Effects: voucher.issued or account.refused; frozen, freeze and voucher
-- @rule issuance:accept
-- @include steps/read-command
-- @include steps/check-command
-- @include lib/verify
-- @include lib/issue
-- @include lib/probes
-- @include lib/standing-account

local voucherKey, liveVouchers, undone, untouched, probes = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]

local account = standingAccount(key, issuance)
local code, kind = verify(account.key, issuance.name, issuance)
-- The operator may have made it an account of the other kind since it was verified.
account.kind = kind
local event
if code then
  event = refusal(issuance, role, 'opened', account, code)
  -- Why the payer's account was refused is no business of an issuer that is another party.
  if issuance.issuer ~= issuance.payer then event.code = 'account_refused' end
else
  event = issue(issuance, role, id, account)
  -- What was verified on the way to a voucher no longer counts.
  local pair = issuance.payer .. ':' .. issuance.issuer
  writeProbes(probes, pair, now, readProbes(probes, pair, now, string.match(id, PROBE_NAME)))
end
-- @include steps/write-answered
-- @include steps/write-voucher
-- @include steps/reply-event
