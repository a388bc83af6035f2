-- (deadline): does the earliest thing that time has brought about: silence honours a drawing that waited, the parties are
-- told that the voucher will expire, it has expired.
-- KEYS 1 voucher 2 deadlines 3 journal 4 sums 5 undone 6 openSettlements 7 silence
-- ARGV 1 id 2 mode of settlements 3 from how long on the absence of hubs is an outage, ms
-- Answers: wrong_state, rolled_back
-- Effects: drawing.honoured, voucher.expiring or voucher.expired, with its money; outage.noted when no hub was there
-- Effects: or the queue is given the next time
-- @include steps/read-clock
-- @include lib/voucher
-- @include lib/fence
-- @include lib/honour
-- @include lib/put-off
-- @include lib/waiting

local key, deadlines, journal, sums, undone, openSettlements = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local silence = KEYS[7]
local id, mode, outageMs = ARGV[1], ARGV[2], tonumber(ARGV[3])

local voucher, fencedTimes = loadVoucher(key, 't')
if not voucher or not voucher.nextAt then
  redis.call('ZREM', deadlines, id)
  return reject('wrong_state', voucher and voucher.state or 'gone')
end
if isFenced(voucher) then
  -- It waits for an operator, whose decision arms it anew.
  redis.call('ZREM', deadlines, id)
  return reject('rolled_back', integer(voucher.version))
end
-- @include steps/note-outage
do
  -- What silence would honour waits longer by the time in which nobody could have refused it.
  local times, entries = outages .. ' ' .. (fencedTimes or ''), {}
  for entry in string.gmatch(voucher.waiting, '[^\30]+') do
    local drawingId, amount, at, deadline, _, final, number, holder = string.match(entry, WAITING_PARTS)
    local till = putOff(times, tonumber(at), tonumber(deadline))
    entries[#entries + 1] = string.format(WAITING, drawingId, amount, at, deadline, integer(till), final, number, holder)
  end
  local waiting = table.concat(entries, '\30')
  if waiting ~= voucher.waiting then
    voucher.waiting = waiting
    redis.call('HSET', key, 'w', waiting)
  end
end
do
  local next = nextOf(voucher)
  if now < next then
    voucher.nextAt = next
    redis.call('HSET', key, 's', packVoucher(voucher))
    redis.call('ZADD', deadlines, integer(next), id)
    return reject('wrong_state', voucher.state)
  end
end

local drawing, others = takeWaiting(voucher.waiting)
local warning = expiringAt(voucher.issuedAt, voucher.expiresAt)
local event
if drawing and now >= drawing.till and (drawing.till <= warning or voucher.isExpiring or voucher.remaining == 0) then
  drawing.isWaiting = true
  -- @include steps/check-drawing
  voucher.waiting = others
  event = honour(key, id, voucher, sums, drawing, 'hub', mode)
  event.set = { 'w', others }
elseif not voucher.isExpiring and voucher.remaining > 0 and now >= warning then
  voucher.isExpiring = true
  event = { type = 'voucher.expiring', by = 'hub', state = voucher.state, rest = integer(voucher.remaining) }
else
  -- @include steps/unfreeze-rest
  event = { type = 'voucher.expired', by = 'hub', state = 'expired', rest = integer(sum) }
end
if event.honours then
  -- @include steps/stop-waiting
end
-- @include steps/write-voucher-event
-- @include steps/open-settlement
-- @include steps/reply-voucher
