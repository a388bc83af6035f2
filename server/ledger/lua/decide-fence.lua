-- POST fence: an operator lets a fenced issuance go on from what the store has, or cancels it.
-- KEYS 1 issuance 2 events 3 deadlines 4 open 5 journal 6 fences
-- ARGV 1 id 2 decision 3 reason or '' 4 wait, ms 5 retention, ms
-- Answers: not_found, wrong_state
-- Effects: issuance.resumed in the journal, its deadline armed anew; or issuance.cancelled
-- @include lib/issuance

local keys = { issuance = KEYS[1], events = KEYS[2], deadlines = KEYS[3], open = KEYS[4], journal = KEYS[5] }
local fences = KEYS[6]
local id, decision, reason, wait, retention = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])

local issuance = load(keys.issuance)
if not issuance.v then return refuse('not_found') end
if not isFenced(issuance) then
  -- The same decision once more is answered once more.
  if string.match(issuance.q or '', '^decided|%d+|(.*)$') ~= decision then return refuse('wrong_state', issuance.s) end
  return tell({ 'done', '' }, issuance)
end
local ended = ends(issuance.s)
if ended and decision == 'cancel' then return refuse('wrong_state', issuance.s) end

local version = string.match(issuance.q, '^fenced|(%d+)|')
local decided = 'decided|' .. version .. '|' .. decision
redis.call('ZREM', fences, id)
if decision == 'cancel' then
  local event = { type = 'issuance.cancelled', by = 'hub', state = 'cancelled', rest = reason, set = { q = decided } }
  local line = commit(keys, id, issuance, event, 0, retention)
  return tell({ 'done', line }, issuance)
end
redis.call('HSET', keys.issuance, 'q', decided)
if not ended then
  issuance.d = integer(now + wait)
  redis.call('HSET', keys.issuance, 'd', issuance.d)
  redis.call('ZADD', keys.deadlines, issuance.d, id)
elseif issuance.s ~= 'issued' then
  redis.call('PEXPIRE', keys.issuance, retention)
  redis.call('PEXPIRE', keys.events, retention)
end
redis.call('XADD', keys.journal, '*', 'id', id, 'event', 'issuance.resumed', 'version', version, 'stored', issuance.v)
return tell({ 'done', '' }, issuance)
