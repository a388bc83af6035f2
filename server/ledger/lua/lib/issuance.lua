-- The record of an issuance is one hash, all of whose forms ledger/record.ts knows too:
--   o        the offer, which never changes
--   s        how it stands, which each event writes anew
--   a        refused accounts so far, and the account that stands; absent before the first is sent
--   q        what a fence, or an operator's decision about one, says
--   1, 2 …   the log: each event under its version
--   i:…, p:… the answers to the issuer's and the payer's commands, by their commandId
-- Packed values cost half the time and two thirds of the room of a field for each.
-- @include time
-- @include reply

local OFFER = '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)$'
local STANDING = '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31'

-- The issuance, or nil when there is none; after it the values of more fields.
local function load(key, ...)
  local offer, standing, account, fence, first, second = unpack(redis.call('HMGET', key, 'o', 's', 'a', 'q', ...))
  if not offer then return nil end
  local issuer, payer, amount, currency, memo, review, _, indexedAt = string.match(offer, OFFER)
  local version, state, digest, deadline, changes, kind, last4 = string.match(standing, STANDING)
  local issuance = {
    offer = offer, issuer = issuer, payer = payer, amount = amount, currency = currency, memo = memo,
    review = review, indexedAt = indexedAt,
    standing = standing, version = tonumber(version), state = state, digest = digest,
    deadline = tonumber(deadline), changes = tonumber(changes), kind = kind, last4 = last4,
    fence = fence, refusals = 0,
  }
  if account then
    local refusals, number, name = string.match(account, '^(%d+)\31([^\31]*)\31(.*)$')
    issuance.refusals = tonumber(refusals)
    if number ~= '' then issuance.number, issuance.name = number, name end
  end
  return issuance, first, second
end

-- The reply that tells of the issuance as it stands, after what the reply starts with.
local function tell(issuance, start)
  return reply(start, issuance.offer, issuance.standing)
end

-- The events of the log after a version, up to another.
local function eventsOf(key, after, last)
  local versions = {}
  for version = after + 1, last do versions[#versions + 1] = integer(version) end
  return versions[1] and redis.call('HMGET', key, unpack(versions)) or versions
end

-- True while an operator has yet to decide about a store that went back in time.
local function isFenced(issuance)
  return issuance.fence and string.sub(issuance.fence, 1, 7) == 'fenced|'
end

-- The member of an index of open issuances: sorted by party, then by time.
local function indexed(party, issuance, id)
  return party .. ':' .. issuance.indexedAt .. ':' .. id
end

-- Puts into words how it stands.
local function stand(issuance, endedAt)
  local deadline = issuance.deadline and integer(issuance.deadline) or ''
  issuance.standing = reply(integer(issuance.version), issuance.state, issuance.digest, deadline,
    integer(issuance.changes), issuance.kind, issuance.last4, endedAt)
  return issuance.standing
end

-- Writes one event: how the issuance stands, the log, the deadline, the index and the journal.
-- event: type, by, state, rest (what the type adds), set (more fields of the record, and their values),
-- journal (more fields for the journal). Answers the line of the log.
local function commit(keys, id, issuance, event, wait, retention)
  local ended, at, armed = LIFECYCLE.ends[event.state], integer(now), issuance.deadline
  -- The log keeps how long the wait is, which takes half the room of when it ends, and an actor's initial.
  local by = string.sub(event.by, 1, 1)
  local waits = ended and '' or integer(wait)
  local line = table.concat({ event.type, by, event.state, at, waits, event.rest or '' }, '|')
  -- Half of it is the end of the digest before, so that whoever knows that one sees that this one follows it.
  local digest = string.sub(issuance.digest, 7) .. string.sub(redis.sha1hex(issuance.digest .. line), 1, 6)
  line = digest .. '|' .. line

  issuance.version, issuance.state, issuance.digest = issuance.version + 1, event.state, digest
  issuance.deadline = not ended and now + wait or nil
  redis.call('HSET', keys.issuance, 's', stand(issuance, ended and at or ''), integer(issuance.version), line,
    unpack(event.set or {}))
  redis.call('XADD', keys.journal, '*', 'id', id, 'event', line, unpack(event.journal or {}))

  if ended then
    redis.call('ZREM', keys.deadlines, id)
    -- The issuer's own entry goes together with its request, which may be in another partition.
    if issuance.payer ~= issuance.issuer then redis.call('ZREM', keys.open, indexed(issuance.payer, issuance, id)) end
    if event.state ~= 'issued' then redis.call('PEXPIRE', keys.issuance, retention) end
  elseif not armed or issuance.deadline < armed then
    -- A deadline that moves later is not armed anew: when the time that is armed comes, the sweep finds out.
    redis.call('ZADD', keys.deadlines, integer(issuance.deadline), id)
  end
  return line
end
