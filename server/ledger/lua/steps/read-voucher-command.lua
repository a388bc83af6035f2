-- Begins every command on a voucher: names its inputs, and reads what is there.
-- KEYS 1 voucher 2 deadlines 3 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or '' 7 digest of seen or ''
-- Takes: nothing
-- Leaves: now, key, deadlines, journal, id, party, commandId, payloadDigest, ifVersion, seen, seenDigest
-- Leaves: voucher, shown, answerField, storedAnswer, isStopped
-- There may be no voucher, and no answer under answerField, the record's field for this command's answer.
-- @include steps/read-clock
-- @include lib/voucher

local key, deadlines, journal = KEYS[1], KEYS[2], KEYS[3]
local id, party, commandId, payloadDigest, ifVersion = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local seen, seenDigest = ARGV[6], ARGV[7]

local voucher, shown = loadVoucher(key, 'k:' .. party)
-- What this party's terminals have shown that the store does not have stops this party.
local isStopped = shown and true or false
local answerField, storedAnswer
if voucher then
  -- Parties may well choose the same commandId; each has its own answer.
  local prefix = party == voucher.beneficiary and 'b:' or party == voucher.payer and 'p:' or 'i:'
  answerField = prefix .. commandId
  storedAnswer = redis.call('HGET', key, answerField)
end
