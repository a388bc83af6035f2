-- POST fence: an operator lets a fenced issuance go on from what the store has, or cancels it.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal 5 fences 6 write
-- ARGV 1 id 2 decision 3 reason or '' 4 wait, ms 5 retention, ms 6 digest of what is asked
-- Answers: not_found, conflict, wrong_state
-- Effects: issuance.resumed in the journal, its deadline is armed again; or issuance.cancelled; the decision's answer
-- @include steps/read-clock
-- @include lib/issuance

local key, deadlines, open, journal, fences, write = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local id, decision, reason, wait, retention, digest = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

-- The issuance may be gone before the answer is.
-- @include steps/replay-write
local issuance = loadIssuance(key)
if not issuance then return reject('not_found') end
if not isFenced(issuance) then
  -- A repeat of the decision is answered alike.
  local before = string.match(issuance.fence or '', '^decided|%d+|(.*)$')
  if before ~= decision then return reject('wrong_state', issuance.state) end
  return reply('done', '', '', issuance.offer, issuance.standing)
end
if ENDS[issuance.state] and decision == 'cancel' then return reject('wrong_state', issuance.state) end

local version = string.match(issuance.fence, '^fenced|(%d+)|')
local decided = 'decided|' .. version .. '|' .. decision
local told, from = '', ''
redis.call('ZREM', fences, id)
if decision == 'cancel' then
  local event = { type = 'issuance.cancelled', by = 'hub', state = 'cancelled', rest = reason, set = { 'q', decided } }
  -- @include steps/write-event
  told, from = line, stateBefore
else
  redis.call('HSET', key, 'q', decided)
  if not ENDS[issuance.state] then
    issuance.deadline = now + wait
    redis.call('HSET', key, 's', packStanding(issuance, ''))
    redis.call('ZADD', deadlines, integer(issuance.deadline), id)
  elseif issuance.state ~= 'issued' then
    redis.call('PEXPIRE', key, retention)
  end
  redis.call('XADD', journal, '*', 'id', id, 'event', 'issuance.resumed', 'version', version, 'stored',
    integer(issuance.version))
end
local answer = reply('done', told, from, issuance.offer, issuance.standing)
-- @include steps/finish-write
