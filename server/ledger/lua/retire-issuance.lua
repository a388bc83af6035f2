-- (retiring): an issuance that ended without a voucher leaves the store, since its archive has it.
-- KEYS 1 issuance 2 deadlines 3 fences 4 retired 5 book
-- ARGV 1 id 2 digest of its first event 3 version 4 digest of that, as the archive has them 5 when it ended, ms
-- ARGV 6 how long after that it stays, ms 7 how long its commandId is remembered from now on, ms 8 the book's id
-- Answers: unavailable
-- Effects: it is gone, and its commandId is remembered; replies 'done', also where it was gone before, or 'kept' and why
-- @include steps/read-clock
-- @include lib/issuance

local key, deadlines, fences, retired, books = KEYS[1], KEYS[2], KEYS[3], KEYS[4], { KEYS[5] }
local id, first, version, digest, endedAt = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local stays, remembered, bookId = tonumber(ARGV[6]), ARGV[7], ARGV[8]
-- @include steps/check-book

local issuance, firstLine = loadIssuance(key, '1')
-- An id whose commandId was forgotten may have begun anew.
local isIt = issuance and string.sub(firstLine or '', 1, 12) == first
if isIt then
  if issuance.version ~= version or issuance.digest ~= digest then return reply('kept', 'differs') end
  if not ENDS[issuance.state] or issuance.state == 'issued' then return reply('kept', issuance.state) end
  if isFenced(issuance) or redis.call('ZSCORE', fences, id) then return reply('kept', 'fenced') end
  if now - endedAt < stays then return reply('kept', 'early') end
  redis.call('DEL', key)
  redis.call('ZREM', deadlines, id)
end
if isIt or not issuance then redis.call('SET', retired, '1', 'PX', remembered) end
return reply('done')
