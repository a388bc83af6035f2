-- (deadline): the hub ends an issuance whose wait has run out.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal 5 proposed
-- ARGV 1 id 2 retention, ms, or '' where an archive retires what has ended
-- Answers: wrong_state
-- Effects: issuance.expired, now expired, retired; or the queue is given its present deadline
-- @include steps/read-clock
-- @include lib/issuance

local key, deadlines, open, journal, proposed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, retention = ARGV[1], ARGV[2]

local issuance = loadIssuance(key)
if not issuance or not issuance.deadline then
  -- It has ended or is gone, so it leaves the queue.
  redis.call('ZREM', deadlines, id)
  return reject('wrong_state', issuance and issuance.state or 'gone')
end
if now < issuance.deadline then
  redis.call('ZADD', deadlines, integer(issuance.deadline), id)
  return reject('wrong_state', issuance.state)
end

local event = { type = 'issuance.expired', by = 'hub', state = 'expired' }
local wait = ''
-- @include steps/write-event
-- @include steps/leave-proposed
return reply('done', line, '', stateBefore, issuance.offer, issuance.standing)
