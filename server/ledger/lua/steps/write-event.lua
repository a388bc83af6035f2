-- Writes one event: how the issuance stands, the log, the deadline, the index and the journal.
-- event: type, by, state, rest (what the type adds), set (more fields of the record, and their values),
-- journal (more fields for the journal). issuance is brought to how it stands now; line is the event as the log has it,
-- stateBefore the state that it led out of, '' for the first event.
-- Takes: now, key, deadlines, open, journal, id, wait, retention, issuance, event
-- Leaves: line, stateBefore
-- @include lib/issuance
-- @include lib/open-member
-- @include lib/digest

local line
local stateBefore = issuance.state or ''
do
  local ended, at, armed = ENDS[event.state], integer(now), issuance.deadline
  -- The log keeps how long the wait is, which takes half the room of when it ends, and an actor's initial.
  local by = string.sub(event.by, 1, 1)
  local waits = ended and '' or wait
  line = table.concat({ event.type, by, event.state, at, waits, event.rest or '' }, '|')
  -- Its first half is the second half of the digest before, so that a reader of that one can tell that this follows it.
  local before = string.sub(issuance.digest, 7)
  local digest = before .. string.sub(redis.sha1hex(string.format(DIGESTED, issuance.offer, before,
    issuance.number or '', issuance.name or '', line)), 1, 6)
  line = digest .. '|' .. line

  issuance.version, issuance.state, issuance.digest = issuance.version + 1, event.state, digest
  issuance.deadline = not ended and now + wait or nil
  redis.call('HSET', key, 's', packStanding(issuance, ended and at or ''), integer(issuance.version), line,
    unpack(event.set or {}))
  redis.call('XADD', journal, '*', 'id', id, 'event', line, unpack(event.journal or {}))

  if ended then
    redis.call('ZREM', deadlines, id)
    -- The issuer's own entry goes together with its request, which may be in another partition.
    if issuance.payer ~= issuance.issuer then
      redis.call('ZREM', open, string.format(OPEN_MEMBER, issuance.payer, issuance.indexedAt, id))
    end
    -- What ends under a fence stays until an operator has closed it; with an archive all stays until it is retired.
    if event.state ~= 'issued' and not isFenced(issuance) and retention ~= '' then
      redis.call('PEXPIRE', key, retention)
    end
  elseif not armed or issuance.deadline < armed then
    -- A deadline that moves later is not armed anew: when the time that is armed comes, the sweep finds out.
    redis.call('ZADD', deadlines, integer(issuance.deadline), id)
  end
end
