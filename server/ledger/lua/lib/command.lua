-- What every command on an issuance shares: its inputs, and the checks that come before its own.
-- @include issuance

local keys = { issuance = KEYS[1], deadlines = KEYS[2], open = KEYS[3], journal = KEYS[4] }
local id, party, commandId, payload, ifVersion = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local wait, retention = tonumber(ARGV[6]), tonumber(ARGV[7])

-- Two parties may well choose the same commandId; each has its own.
local asIssuer, asPayer = 'i:' .. commandId, 'p:' .. commandId

-- The issuance, or nil when there is none; and the answer that this party's command had before, if any.
local function recall()
  local issuance, issuers, payers = load(keys.issuance, asIssuer, asPayer)
  if not issuance then return nil end
  if party == issuance.issuer then return issuance, issuers end
  return issuance, payers
end

-- A repeat is answered from the log: the hub folds the events up to the version of the first answer.
local function again(issuance, stored)
  local digest, version, code = string.match(stored, '^(%S+) (%d+) ?(%S*)$')
  if digest ~= payload then return refuse('conflict', 'commandId') end
  return reply(tell(issuance, reply('again', version, code)), unpack(eventsOf(keys.issuance, 0, tonumber(version))))
end

local function holds(guard, issuance)
  if guard == 'account_refused_before' then return issuance.refusals > 0 end
  if guard == 'account_stands' then return issuance.number ~= nil end
  return guard == true
end

-- The role in which the party sends this command, or nil. A party that is both acts as the issuer where it can.
local function roleOf(issuance)
  if RULE.roles.issuer and party == issuance.issuer then return 'issuer' end
  if RULE.roles.payer and party == issuance.payer then return 'payer' end
  return nil
end

-- Membership, repeat, role, fence, deadline and state, ifVersion: the order is contract.
-- Answers the role, or nil and the refusal.
local function check(issuance, stored)
  if not issuance or (party ~= issuance.issuer and party ~= issuance.payer) then return nil, refuse('not_found') end
  if stored then return nil, again(issuance, stored) end
  local role = roleOf(issuance)
  if not role then return nil, refuse('forbidden', RULE.roles.issuer and 'issuer' or 'payer') end
  if isFenced(issuance) then return nil, refuse('rolled_back', integer(issuance.version)) end
  if issuance.deadline and now >= issuance.deadline then return nil, refuse('wrong_state', 'expired', 'due') end
  if not holds(RULE.from[issuance.state], issuance) then return nil, refuse('wrong_state', issuance.state) end
  if ifVersion ~= '' and tonumber(ifVersion) ~= issuance.version then
    return nil, refuse('conflict', integer(issuance.version))
  end
  return role
end

-- The field of the answer, and the answer: digest of the payload, version of the event, code when it was a refusal.
local function answer(issuance, version, code)
  local field = party == issuance.issuer and asIssuer or asPayer
  return field, payload .. ' ' .. integer(version) .. (code and (' ' .. code) or '')
end

-- Commits a command's event and its answer, and replies with both.
local function done(issuance, event, code)
  local field, value = answer(issuance, issuance.version + 1, code)
  event.set = { field, value, unpack(event.set or {}) }
  local line = commit(keys, id, issuance, event, wait, retention)
  return tell(issuance, reply(code and 'refused' or 'done', line, code or ''))
end
