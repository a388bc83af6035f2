-- Checks membership, repeat, role, what its sender has seen, fence, deadline and state, ifVersion: this order is
-- contract.
-- Takes: now, key, party, payloadDigest, ifVersion, seen, seenDigest, issuance, storedAnswer
-- Leaves: role, record, isThorough, isAhead, issued
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state
-- @include lib/issuance
-- @include lib/shown-event

if not issuance or (party ~= issuance.issuer and party ~= issuance.payer) then return reject('not_found') end
-- @include steps/replay
-- A party that is both acts as the issuer where it can.
local role = RULE.roles.issuer and party == issuance.issuer and 'issuer'
  or RULE.roles.payer and party == issuance.payer and 'payer'
if not role then return reject('forbidden', RULE.roles.issuer and 'issuer' or 'payer') end
-- What was meant for another past is not carried out on this one. It fences nothing: its sender syncs.
local record, isThorough = issuance, RULE.freezes
-- @include steps/compare-seen
local issued = issuance.state == 'issued' and string.format(SHOWN_EVENT, issuance.version, issuance.digest) or nil
if isAhead or (isFenced(issuance) and not RULE.passesFence) then
  return reject('rolled_back', integer(issuance.version), issued)
end
if issuance.deadline and now >= issuance.deadline then return reject('wrong_state', 'expired', 'due') end
do
  local allowed = RULE.from[issuance.state]
  if allowed == 'account_refused_before' then allowed = issuance.refusals > 0 end
  if allowed == 'account_stands' then allowed = issuance.number ~= nil end
  if not allowed then return reject('wrong_state', issuance.state, issued) end
end
if ifVersion ~= '' and tonumber(ifVersion) ~= issuance.version then
  return reject('conflict', integer(issuance.version))
end
