-- (deadline): the hub ends an issuance whose wait has run out.
-- KEYS 1 issuance 2 events 3 deadlines 4 open 5 journal
-- ARGV 1 id 2 retention, ms
-- Answers: wrong_state, rolled_back
-- Effects: issuance.expired, now expired, retired
-- @include lib/issuance

local keys = { issuance = KEYS[1], events = KEYS[2], deadlines = KEYS[3], open = KEYS[4], journal = KEYS[5] }
local id, retention = ARGV[1], tonumber(ARGV[2])

local issuance = load(keys.issuance)
if not issuance.d then
  -- It has ended or is gone, and so must its place in the queue be.
  redis.call('ZREM', keys.deadlines, id)
  return refuse('wrong_state', issuance.s or 'gone')
end
if isFenced(issuance) then return refuse('rolled_back', issuance.v) end
if now < tonumber(issuance.d) then return refuse('wrong_state', issuance.s) end

local event = { type = 'issuance.expired', by = 'hub', state = 'expired' }
local line = commit(keys, id, issuance, event, 0, retention)
return tell({ 'done', line, '' }, issuance)
