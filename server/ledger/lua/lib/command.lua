-- What every command on an issuance shares: its inputs, and the checks that come before its own.
-- @include issuance

local keys = { issuance = KEYS[1], events = KEYS[2], deadlines = KEYS[3], open = KEYS[4], journal = KEYS[5] }
local id, party, commandId, payload, ifVersion = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local wait, retention = tonumber(ARGV[6]), tonumber(ARGV[7])

-- Two parties may well choose the same commandId; each has its own.
local function memoryOf(issuance)
  return (party == issuance.i and 'i:' or 'p:') .. commandId
end

-- A repeat is answered from the log: the hub folds the events up to the version of the first answer.
local function again(issuance, stored)
  local digest, version, code = string.match(stored, '^(%S+) (%d+) ?(%S*)$')
  if digest ~= payload then return refuse('conflict', 'commandId') end
  local reply = tell({ 'again', version, code }, issuance)
  for _, line in ipairs(redis.call('LRANGE', keys.events, 0, version - 1)) do
    reply[#reply + 1] = line
  end
  return reply
end

local function holds(guard, issuance)
  if guard == 'account_refused_before' then return issuance.refusals > 0 end
  if guard == 'account_stands' then return issuance.n ~= nil end
  return guard == true
end

-- The role in which the party sends this command, or nil. A party that is both acts as the issuer where it can.
local function roleOf(issuance)
  if RULE.roles.issuer and party == issuance.i then return 'issuer' end
  if RULE.roles.payer and party == issuance.p then return 'payer' end
  return nil
end

-- Membership, repeat, role, fence, deadline and state, ifVersion: the order is contract.
-- Answers the role, or nil and the refusal.
local function check(issuance)
  if not issuance.v or (party ~= issuance.i and party ~= issuance.p) then return nil, refuse('not_found') end
  local stored = redis.call('HGET', keys.issuance, memoryOf(issuance))
  if stored then return nil, again(issuance, stored) end
  local role = roleOf(issuance)
  if not role then return nil, refuse('forbidden', RULE.roles.issuer and 'issuer' or 'payer') end
  if isFenced(issuance) then return nil, refuse('rolled_back', issuance.v) end
  if issuance.d and now >= tonumber(issuance.d) then return nil, refuse('wrong_state', 'expired', 'due') end
  if not holds(RULE.from[issuance.s], issuance) then return nil, refuse('wrong_state', issuance.s) end
  if ifVersion ~= '' and ifVersion ~= issuance.v then return nil, refuse('conflict', issuance.v) end
  return role
end

-- The stored answer: digest of the payload, version of the event, code when it was a refusal.
local function answer(issuance, version, code)
  return { memoryOf(issuance), payload .. ' ' .. integer(version) .. (code and (' ' .. code) or '') }
end

-- Commits a command's event and its answer, and replies with both.
local function done(issuance, event, code)
  event.remember = answer(issuance, issuance.version + 1, code)
  local line = commit(keys, id, issuance, event, wait, retention)
  return tell({ code and 'refused' or 'done', line, code or '' }, issuance)
end
