-- Membership, repeat, role, fence, deadline and state, ifVersion: the order is contract.
-- @include command

if not issuance or (party ~= issuance.issuer and party ~= issuance.payer) then return refuse('not_found') end
-- @include again
-- A party that is both acts as the issuer where it can.
local role = RULE.roles.issuer and party == issuance.issuer and 'issuer'
  or RULE.roles.payer and party == issuance.payer and 'payer'
if not role then return refuse('forbidden', RULE.roles.issuer and 'issuer' or 'payer') end
if isFenced(issuance) then return refuse('rolled_back', integer(issuance.version)) end
if issuance.deadline and now >= issuance.deadline then return refuse('wrong_state', 'expired', 'due') end
local allowed = RULE.from[issuance.state]
if allowed == 'account_refused_before' then allowed = issuance.refusals > 0 end
if allowed == 'account_stands' then allowed = issuance.number ~= nil end
if not allowed then return refuse('wrong_state', issuance.state) end
if ifVersion ~= '' and tonumber(ifVersion) ~= issuance.version then
  return refuse('conflict', integer(issuance.version))
end
