-- POST fence: an operator lets a fenced issuance go on from what the store has, or cancels it.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal 5 fences
-- ARGV 1 id 2 decision 3 reason or '' 4 wait, ms 5 retention, ms
-- Answers: not_found, wrong_state
-- Effects: issuance.resumed in the journal, with a new deadline; or issuance.cancelled; no longer listed
-- @include steps/read-clock
-- @include lib/issuance
-- @include lib/decided

local key, deadlines, open, journal, fences = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, decision, reason, wait, retention = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local issuance, decidedBefore = loadIssuance(key, 'd')
if not issuance then return reject('not_found') end
if not isFenced(issuance) then
  -- A repeat of the decision is answered alike.
  local before = string.match(issuance.fence or '', '^decided|%d+|(.*)$')
  if before ~= decision then return reject('wrong_state', issuance.state) end
  return reply('done', '', '', issuance.offer, issuance.standing, '')
end
if ENDS[issuance.state] and decision == 'cancel' then return reject('wrong_state', issuance.state) end

local version, digest, by = string.match(issuance.fence, '^fenced|(%d+)|([^|]*)|(%a+)|')
local decided = 'decided|' .. version .. '|' .. decision
local claims = string.format(DECIDED_CLAIM, version, digest) .. (decidedBefore or '')
claims = string.match(string.sub(claims, 1, DECIDED_LENGTH), '^.* ')
redis.call('ZREM', fences, id)
issuance.fence = decided
if decision == 'cancel' then
  local event = { type = 'issuance.cancelled', by = 'hub', state = 'cancelled', rest = reason, set = { 'q', decided, 'd', claims } }
  -- @include steps/write-event
  return reply('done', line, stateBefore, issuance.offer, issuance.standing, by)
end
redis.call('HSET', key, 'q', decided, 'd', claims)
if not ENDS[issuance.state] then
  issuance.deadline = now + wait
  redis.call('HSET', key, 's', packStanding(issuance, ''))
  redis.call('ZADD', deadlines, integer(issuance.deadline), id)
elseif issuance.state ~= 'issued' then
  redis.call('PEXPIRE', key, retention)
end
redis.call('XADD', journal, '*', 'id', id, 'event', 'issuance.resumed', 'version', version, 'stored',
  integer(issuance.version))
return reply('done', '', '', issuance.offer, issuance.standing, by)
