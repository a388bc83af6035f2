-- POST fence: an operator lets a voucher go on from what the store has, or closes the case of one that is missing.
-- KEYS 1 voucher 2 deadlines 3 journal 4 fences 5 missing 6 silence 7 write 8 undone
-- ARGV 1 id 2 retention, ms 3 digest of what is asked
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
-- @include lib/write

local key, deadlines, journal, fences, missing, silence = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local write, undone = KEYS[7], KEYS[8]
local id, retention, digest = ARGV[1], ARGV[2], ARGV[3]
-- @include steps/replay-write

local voucher, decidedBefore = loadVoucher(key, 'd')
local waiting, shownBy, shown, shownDigest = string.match(redis.call('GET', missing) or '', MISSING)
if not voucher then
  if not waiting then return reject('not_found') end
  if waiting == 'open' then
    local decided = table.concat({ 'decided', shownBy, shown, shownDigest, integer(now) }, '|')
    redis.call('SET', missing, decided, 'PX', retention)
    redis.call('ZREM', fences, id)
    redis.call('XADD', journal, '*', 'id', id, 'event', 'voucher.resumed', 'version', shown, 'stored', '0',
      'at', integer(now))
  end
  return reply('missing', shownBy)
end

local claims, parties, since = decidedBefore or '', {}, nil
local counted = {}
for _, party in ipairs({ voucher.issuer, voucher.payer, voucher.beneficiary }) do
  local claim = not counted[party] and redis.call('HGET', key, 'k:' .. party)
  counted[party] = true
  if claim then
    local version, seenDigest = string.match(claim, '^(%d+)|([^|]*)|')
    claims = string.format(DECIDED_CLAIM, version, seenDigest) .. claims
    parties[#parties + 1] = party
    redis.call('HDEL', key, 'k:' .. party)
  end
end
if isFenced(voucher) then
  local version, seenDigest, at = string.match(voucher.fence, '^fenced|(%d*)|([^|]*)|%a+|(%d+)$')
  claims = string.format(DECIDED_CLAIM, version, seenDigest) .. claims
  since = at
end
if not since and not parties[1] then return reject('wrong_state', voucher.state) end
claims = string.match(string.sub(claims, 1, DECIDED_LENGTH), '^.* ')
redis.call('HSET', key, 'd', claims)
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
  -- While it was fenced nobody could refuse a drawing: it counts as a time in which no hub was there.
  if voucher.waiting ~= '' then
    local noted = redis.call('HGET', silence, 'outages') or ''
    redis.call('HSET', silence, 'outages', withOutage(noted, tonumber(since), now))
  end
end
redis.call('XADD', journal, '*', 'id', id, 'event', 'voucher.resumed', 'stored', integer(voucher.version),
  'at', integer(now), 'write', journaledWrite(write, digest))
local answer = reply('done', unpack(parties))
-- @include steps/finish-write
