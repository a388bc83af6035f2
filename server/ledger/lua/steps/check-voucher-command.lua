-- Checks membership, repeat, role, what its sender has seen, stop and fence, deadline and state: this order is contract,
-- and ifVersion comes next (steps/check-voucher-version), after what else has to hold of the state. What time has brought
-- meanwhile the hub does first, and then runs the command again.
-- Takes: now, key, party, payloadDigest, seen, seenDigest, voucher, storedAnswer, isStopped
-- Leaves: role, record, isThorough, isAhead
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state
-- @include lib/voucher
-- @include lib/fence
-- @include lib/shown-event

if not voucher or not roleOf(voucher, party) then return reject('not_found') end
restsOn = string.format(SHOWN_EVENT, voucher.version, voucher.digest)
-- @include steps/replay-voucher
-- A party that has several roles acts in the first that may do it.
local role
for _, each in ipairs(VOUCHER_ROLES) do
  local isMine = party == voucher[each]
  local may = RULE.roles[each] or (RULE.roles.approver and voucher.approver == each)
  if isMine and may and not role then role = each end
end
if not role then
  return reject('forbidden', RULE.roles.beneficiary and 'beneficiary' or RULE.roles.issuer and 'issuer' or 'approver')
end
if RULE.forAnother and voucher.issuer == voucher.beneficiary then return reject('forbidden', 'issuer') end
-- What was meant for another past is not carried out on this one.
local record, isThorough = voucher, true
-- @include steps/compare-seen
if isAhead or isStopped or isFenced(voucher) then return reject('rolled_back', integer(voucher.version)) end
if voucher.nextAt and now >= voucher.nextAt then return reply('due') end
do
  local allowed = RULE.from[voucher.state]
  if not allowed then return reject('wrong_state', voucher.state) end
  if allowed == 'not_expired' and now >= voucher.expiresAt then return reject('wrong_state', 'expired') end
end
