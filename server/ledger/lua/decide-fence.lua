-- POST fence: an operator lets a fenced issuance go on from what the store has, or cancels it.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal 5 fences
-- ARGV 1 id 2 decision 3 reason or '' 4 wait, ms 5 retention, ms
-- Answers: not_found, wrong_state
-- Effects: issuance.resumed in the journal, its deadline armed anew; or issuance.cancelled
-- @include lib/issuance

local keys = { issuance = KEYS[1], deadlines = KEYS[2], open = KEYS[3], journal = KEYS[4] }
local fences = KEYS[5]
local id, decision, reason, wait, retention = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])

local issuance = load(keys.issuance)
if not issuance then return refuse('not_found') end
if not isFenced(issuance) then
  -- The same decision once more is answered once more.
  local before = string.match(issuance.fence or '', '^decided|%d+|(.*)$')
  if before ~= decision then return refuse('wrong_state', issuance.state) end
  return tell(issuance, reply('done', ''))
end
local ended = LIFECYCLE.ends[issuance.state]
if ended and decision == 'cancel' then return refuse('wrong_state', issuance.state) end

local version = string.match(issuance.fence, '^fenced|(%d+)|')
local decided = 'decided|' .. version .. '|' .. decision
redis.call('ZREM', fences, id)
if decision == 'cancel' then
  local event = { type = 'issuance.cancelled', by = 'hub', state = 'cancelled', rest = reason, set = { 'q', decided } }
  local line = commit(keys, id, issuance, event, 0, retention)
  return tell(issuance, reply('done', line))
end
redis.call('HSET', keys.issuance, 'q', decided)
if not ended then
  issuance.deadline = now + wait
  redis.call('HSET', keys.issuance, 's', stand(issuance, ''))
  redis.call('ZADD', keys.deadlines, integer(issuance.deadline), id)
elseif issuance.state ~= 'issued' then
  redis.call('PEXPIRE', keys.issuance, retention)
end
redis.call('XADD', keys.journal, '*', 'id', id, 'event', 'issuance.resumed', 'version', version, 'stored',
  integer(issuance.version))
return tell(issuance, reply('done', ''))
