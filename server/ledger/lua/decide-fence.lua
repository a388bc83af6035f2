-- POST fence: an operator lets a fenced issuance go on from what the store has, or cancels it; or closes the case of one
-- that is missing.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal 5 proposed 6 fences 7 missing 8 write
-- ARGV 1 id 2 decision 3 reason or '' 4 wait, ms 5 retention, ms, or '' where an archive retires what has ended
-- ARGV 6 digest of what is asked 7 how long a decision about what is missing is kept, ms
-- Answers: not_found, conflict, wrong_state
-- Effects: issuance.resumed in the journal, with a new deadline; or issuance.cancelled; no longer listed. Replies
-- Effects: 'missing' with the party that had shown it, when there is no issuance that is fenced
-- @include steps/read-clock
-- @include lib/issuance
-- @include lib/decided
-- @include lib/missing
-- @include lib/shown-event
-- @include lib/write

local key, deadlines, open, journal, proposed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local fences, missing, write = KEYS[6], KEYS[7], KEYS[8]
local id, decision, reason, wait, retention, digest = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local keptFor = ARGV[7]
local resumed = 'issuance.resumed'

-- The issuance may be gone before the answer is.
-- @include steps/replay-write

local issuance, decidedBefore = loadIssuance(key, 'd')
local waiting, shownBy, shown, shownDigest = string.match(redis.call('GET', missing) or '', MISSING)
if waiting and not (issuance and (isFenced(issuance) or waiting == 'decided')) then
  -- There is nothing to cancel. A repeat of the decision is answered alike.
  if decision ~= 'resume' then return reject('wrong_state', 'missing') end
  -- @include steps/close-missing
end
if not issuance then return reject('not_found') end
local issued = issuance.state == 'issued' and string.format(SHOWN_EVENT, issuance.version, issuance.digest) or nil
if not isFenced(issuance) then
  -- A repeat of the decision is answered alike.
  local before = string.match(issuance.fence or '', '^decided|%d+|(.*)$')
  if before ~= decision then return reject('wrong_state', issuance.state, issued) end
  return reply('done', '', '', issuance.offer, issuance.standing, '')
end
if ENDS[issuance.state] and decision == 'cancel' then return reject('wrong_state', issuance.state, issued) end

local version, seenDigest, by = string.match(issuance.fence, '^fenced|(%d+)|([^|]*)|(%a+)|')
local decided = 'decided|' .. version .. '|' .. decision
local claims = string.format(DECIDED_CLAIM, version, seenDigest) .. (decidedBefore or '')
claims = string.match(string.sub(claims, 1, DECIDED_LENGTH), '^.* ')
redis.call('ZREM', fences, id)
redis.call('DEL', missing)
issuance.fence = decided
local told, from = '', ''
if decision == 'cancel' then
  local event = {
    type = 'issuance.cancelled', by = 'hub', state = 'cancelled', rest = reason, set = { 'q', decided, 'd', claims },
    journal = { 'write', journaledWrite(write, digest) },
  }
  -- @include steps/write-event
  -- @include steps/leave-proposed
  told, from = line, stateBefore
else
  redis.call('HSET', key, 'q', decided, 'd', claims)
  if not ENDS[issuance.state] then
    issuance.deadline = now + wait
    redis.call('HSET', key, 's', packStanding(issuance, ''))
    redis.call('ZADD', deadlines, integer(issuance.deadline), id)
  elseif issuance.state ~= 'issued' and retention ~= '' then
    redis.call('PEXPIRE', key, retention)
  end
  redis.call('XADD', journal, '*', 'id', id, 'event', resumed, 'version', version, 'stored',
    integer(issuance.version), 'at', integer(now), 'wait', wait, 'write', journaledWrite(write, digest))
end
local answer = reply('done', told, from, issuance.offer, issuance.standing, by)
-- @include steps/finish-write
