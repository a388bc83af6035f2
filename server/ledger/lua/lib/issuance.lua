-- The record of an issuance: a hash of short fields, and the log of its events beside it.
-- ledger/record.ts has the long names of the fields.
-- @include time
-- @include reply

local FIELDS = { 'v', 's', 'i', 'p', 'a', 'c', 'm', 'r', 'k', 'l', 'g', 't', 'd', 'h', 'x', 'e', 'f', 'n', 'o', 'q' }
-- The fields after these are the store's own and are not sent to the hub.
local TOLD = 16
-- What the first event's digest follows.
local FIRST_DIGEST = '000000000000'

local function load(key)
  local values = redis.call('HMGET', key, unpack(FIELDS))
  local issuance = { values = values }
  for position, field in ipairs(FIELDS) do
    issuance[field] = values[position] or nil
  end
  issuance.version = tonumber(issuance.v or '0')
  issuance.refusals = tonumber(issuance.f or '0')
  issuance.changes = tonumber(issuance.g or '0')
  return issuance
end

-- Appends the record as the hub wants it, after what the reply starts with.
local function tell(reply, issuance)
  for position = 1, TOLD do
    reply[#reply + 1] = issuance[FIELDS[position]] or ''
  end
  return reply
end

-- True while an operator has yet to decide about a store that went back in time.
local function isFenced(issuance)
  return issuance.q ~= nil and string.sub(issuance.q, 1, 7) == 'fenced|'
end

local function ends(state)
  return LIFECYCLE.ends[state] == true
end

-- The member of an index of open issuances: sorted by party, then by time.
local function indexed(party, issuance, id)
  return party .. ':' .. issuance.x .. ':' .. id
end

-- Writes one event: the record's changed fields, the log, the deadline, the index and the journal.
-- event: type, by, state, rest (what the type adds), remember (field and value of the stored answer),
-- set (fields to set), unset (fields to remove), journal (more fields for the journal).
local function commit(keys, id, issuance, event, wait, retention)
  local ended = ends(event.state)
  local deadline = integer(now + wait)
  -- The log keeps how long the wait is, which takes half the room of when it ends, and an actor's initial.
  local by = string.sub(event.by, 1, 1)
  local waits = ended and '' or integer(wait)
  local line = table.concat({ event.type, by, event.state, integer(now), waits, event.rest or '' }, '|')
  -- Half of it is the end of the digest before, so that whoever knows that one sees that this one follows it.
  local before = issuance.h or FIRST_DIGEST
  local digest = string.sub(before, 7) .. string.sub(redis.sha1hex(before .. line), 1, 6)

  local set = { v = integer(issuance.version + 1), s = event.state, h = digest }
  for field, value in pairs(event.set or {}) do set[field] = value end
  if ended then set.e = integer(now) else set.d = deadline end
  local arguments = {}
  for field, value in pairs(set) do
    issuance[field] = value
    arguments[#arguments + 1] = field
    arguments[#arguments + 1] = value
  end
  if event.remember then
    arguments[#arguments + 1] = event.remember[1]
    arguments[#arguments + 1] = event.remember[2]
  end
  redis.call('HSET', keys.issuance, unpack(arguments))

  local unset = event.unset or {}
  if ended and issuance.d then unset[#unset + 1] = 'd' end
  for _, field in ipairs(unset) do issuance[field] = nil end
  if #unset > 0 then redis.call('HDEL', keys.issuance, unpack(unset)) end

  redis.call('RPUSH', keys.events, digest .. '|' .. line)
  redis.call('XADD', keys.journal, '*', 'id', id, 'event', digest .. '|' .. line, unpack(event.journal or {}))

  if ended then
    redis.call('ZREM', keys.deadlines, id)
    -- The issuer's own entry goes together with its request, which may be in another partition.
    if issuance.p ~= issuance.i then redis.call('ZREM', keys.open, indexed(issuance.p, issuance, id)) end
    if event.state ~= 'issued' then
      redis.call('PEXPIRE', keys.issuance, retention)
      redis.call('PEXPIRE', keys.events, retention)
    end
  else
    redis.call('ZADD', keys.deadlines, deadline, id)
  end
  return digest .. '|' .. line
end
