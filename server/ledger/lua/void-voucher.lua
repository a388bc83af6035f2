-- POST void: an operator ends a voucher, once for each reference. Drawings that wait are refused, honoured ones settle.
-- KEYS 1 voucher 2 deadlines 3 journal 4 silence
-- ARGV 1 id 2 reference 3 digest of what is asked 4 reason 5 the write's id
-- Answers: not_found, conflict, rolled_back, wrong_state
-- Effects: voucher.voided, now voided; frozen and freeze; replies 'due' when time has brought something before
-- @include steps/read-clock
-- @include lib/voucher
-- @include lib/fence
-- @include lib/shown-event

local key, deadlines, journal, silence = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, reference, payloadDigest, reason, intent = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local answerField = 'o:' .. reference

local voucher, storedAnswer = loadVoucher(key, answerField)
if not voucher then return reject('not_found') end
restsOn = string.format(SHOWN_EVENT, voucher.version, voucher.digest)
-- @include steps/replay-voucher
if isFenced(voucher) then return reject('rolled_back', integer(voucher.version)) end
if voucher.nextAt and now >= voucher.nextAt then return reply('due') end
if VOUCHER_ENDS[voucher.state] then return reject('wrong_state', voucher.state) end

local _, waiting = string.gsub(voucher.waiting, '[^\30]+', '')
voucher.waiting, voucher.drawn = '', voucher.drawn - waiting
voucher.pending, voucher.remaining = 0, voucher.remaining + voucher.pending
-- @include steps/unfreeze-rest
if waiting > 0 and redis.call('HINCRBY', silence, 'waiting', -waiting) <= 0 then redis.call('DEL', silence) end
local event = {
  type = 'voucher.voided',
  by = 'operator',
  state = 'voided',
  rest = table.concat({ integer(sum), reference, reason }, '|'),
  set = { 'w', '' },
  journal = { 'intent', intent },
}
-- @include steps/finish-voucher
-- @include steps/reply-voucher
