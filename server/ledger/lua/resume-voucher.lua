-- POST fence: an operator lets a voucher go on from what the store has, or closes the case of one that is missing.
-- KEYS 1 voucher 2 deadlines 3 journal 4 fences 5 missing 6 write 7 undone
-- ARGV 1 id 2 how long a decision about what is missing is kept, ms 3 digest of what is asked
-- Answers: not_found, wrong_state, conflict
-- Effects: voucher.resumed in the journal; what time brings about is armed again, and what pays its drawings out is done
-- Effects: next; no longer listed. Replies with the parties that had stopped themselves; or 'missing' with the party that
-- Effects: had shown it
-- @include steps/read-clock
-- @include lib/voucher
-- @include lib/fence
-- @include lib/decided
-- @include lib/missing
-- @include lib/outage
-- @include lib/shown-event
-- @include lib/write

local key, deadlines, journal, fences, missing, write = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local undone = KEYS[7]
local id, keptFor, digest = ARGV[1], ARGV[2], ARGV[3]
local resumed = 'voucher.resumed'
-- @include steps/replay-write

local voucher, decidedBefore, fencedTimes = loadVoucher(key, 'd', 't')
local waiting, shownBy, shown, shownDigest = string.match(redis.call('GET', missing) or '', MISSING)
local parties, claims, counted = {}, {}, {}
for _, party in ipairs(voucher and { voucher.issuer, voucher.payer, voucher.beneficiary } or {}) do
  local claim = not counted[party] and redis.call('HGET', key, 'k:' .. party)
  counted[party] = true
  if claim then parties[#parties + 1], claims[#claims + 1] = party, claim end
end
local isHeld = voucher and (isFenced(voucher) or parties[1])
-- One that was missing may be back.
if waiting and not isHeld and not (voucher and waiting == 'decided') then
  -- @include steps/close-missing
end
if not voucher then return reject('not_found') end
restsOn = string.format(SHOWN_EVENT, voucher.version, voucher.digest)
if not isHeld then return reject('wrong_state', voucher.state) end

local decided, since = decidedBefore or '', nil
for position, claim in ipairs(claims) do
  local version, seenDigest = string.match(claim, '^(%d+)|([^|]*)|')
  decided = string.format(DECIDED_CLAIM, version, seenDigest) .. decided
  redis.call('HDEL', key, 'k:' .. parties[position])
end
if isFenced(voucher) then
  local version, seenDigest, at = string.match(voucher.fence, '^fenced|(%d*)|([^|]*)|%a+|(%d+)$')
  decided = string.format(DECIDED_CLAIM, version, seenDigest) .. decided
  since = at
end
redis.call('HSET', key, 'd', string.match(string.sub(decided, 1, DECIDED_LENGTH), '^.* '))
redis.call('HDEL', key, 'q')
redis.call('ZREM', fences, id)
redis.call('DEL', missing)
if since then
  if voucher.nextAt then redis.call('ZADD', deadlines, integer(voucher.nextAt), id) end
  -- What was put aside comes first now: any of its events may have honoured a drawing that is not paid out yet.
  local first = { '0', id }
  for version = 1, voucher.version do
    first[#first + 1] = '0'
    first[#first + 1] = id .. '.' .. integer(version)
  end
  redis.call('ZADD', undone, 'XX', unpack(first))
  -- While it was fenced nobody could refuse a drawing of it.
  if voucher.waiting ~= '' then redis.call('HSET', key, 't', withOutage(fencedTimes or '', tonumber(since), now)) end
end
redis.call('XADD', journal, '*', 'id', id, 'event', resumed, 'stored', integer(voucher.version),
  'at', integer(now), 'write', journaledWrite(write, digest))
local answer = reply('done', unpack(parties))
-- @include steps/finish-write
