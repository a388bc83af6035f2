-- Begins every command on a voucher: names its inputs, and reads what is there.
-- KEYS 1 voucher 2 deadlines 3 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or '' 7 digest of seen or ''
-- Takes: nothing
-- Leaves: now, key, deadlines, journal, id, party, commandId, payloadDigest, ifVersion, seen, seenDigest
-- Leaves: voucher, isStopped, answerField, storedAnswer
-- There may be no voucher, and no answer under answerField, the record's field for this command's answer.
-- @include steps/read-clock
-- @include lib/voucher

local key, deadlines, journal = KEYS[1], KEYS[2], KEYS[3]
local id, party, commandId, payloadDigest, ifVersion = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local seen, seenDigest = ARGV[6], ARGV[7]

local voucher, isStopped, answerField, storedAnswer
do
  -- Parties may well choose the same commandId; each has its own answer.
  local shown
  local answers = {}
  voucher, shown, answers.beneficiary, answers.payer, answers.issuer =
    loadVoucher(key, 'k:' .. party, 'b:' .. commandId, 'p:' .. commandId, 'i:' .. commandId)
  -- What this party's terminals have shown that the store does not have stops this party.
  isStopped = shown and true or false
  local role = voucher and roleOf(voucher, party) or 'issuer'
  answerField, storedAnswer = string.sub(role, 1, 1) .. ':' .. commandId, answers[role]
end
