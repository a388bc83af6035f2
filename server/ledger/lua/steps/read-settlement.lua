-- Begins every command on a settlement: names its inputs, and reads the voucher and the settlement.
-- KEYS 1 voucher 2 deadlines 3 journal 4 sums 5 undone 6 openSettlements 7 failedSettlements
-- ARGV 1 id of the voucher 2 version of the event that honoured the drawing
-- Takes: nothing
-- Leaves: now, key, deadlines, journal, sums, undone, openSettlements, failedSettlements, id, version, settlementId
-- Leaves: voucher, stored, settlement
-- Answers: not_found
-- @include steps/read-clock
-- @include lib/voucher
-- @include lib/settlement

local key, deadlines, journal, sums, undone = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local openSettlements, failedSettlements = KEYS[6], KEYS[7]
local id, version = ARGV[1], ARGV[2]
local settlementId = id .. '.' .. version

local voucher, stored = loadVoucher(key, 'z:' .. version)
if not voucher or not stored then return reject('not_found') end
local settlement = {}
do
  local state, mode, attempt, drawingId, amount, digest, party, number, note, holder = string.match(stored, SETTLEMENT_PARTS)
  settlement = {
    state = state, mode = mode, attempt = tonumber(attempt), drawingId = drawingId, amount = amount, digest = digest,
    party = party, number = number, note = note, holder = holder,
  }
end
