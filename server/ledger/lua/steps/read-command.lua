-- Begins every command on an issuance: names its inputs, and reads what is there. A step is text of the script and no
-- function, since making twenty functions for each command took a tenth of its time.
-- KEYS 1 issuance 2 deadlines 3 open 4 journal
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or ''
-- ARGV 7 digest of seen or '' 8 wait, ms 9 retention, ms, or ''
-- Takes: nothing
-- Leaves: now, key, deadlines, open, journal, id, party, commandId, payloadDigest, ifVersion, seen, seenDigest
-- Leaves: wait, retention, issuance, answerField, storedAnswer
-- There may be no issuance, and no answer under answerField, the record's field for this command's answer.
-- @include steps/read-clock
-- @include lib/issuance

local key, deadlines, open, journal = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, party, commandId, payloadDigest, ifVersion = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local seen, seenDigest, wait, retention = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local issuance, answerField, storedAnswer
do
  -- Two parties may well choose the same commandId; each has its own answer.
  local issuersField, payersField = 'i:' .. commandId, 'p:' .. commandId
  local issuersAnswer, payersAnswer
  issuance, issuersAnswer, payersAnswer = loadIssuance(key, issuersField, payersField)
  answerField, storedAnswer = payersField, payersAnswer
  if not issuance or party == issuance.issuer then answerField, storedAnswer = issuersField, issuersAnswer end
end
