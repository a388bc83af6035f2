-- POST repay: takes an amount off what has been drawn of a line of credit, once for each reference.
-- KEYS 1 account 2 repayments 3 journal 4 write 5 sums
-- ARGV 1 party 2 number 3 amount, minor units 4 reference
-- ARGV 5 digest of what is asked 6 tags to match or '' 7 tags not to match or ''
-- Answers: not_found, conflict, invalid_request, exceeds_remaining
-- Effects: what is used, and what came into the partition; the reference's answer; account.repaid in the journal; the
-- write's answer
-- @include lib/account
-- @include lib/amount
-- @include lib/number
-- @include lib/sums
-- @include lib/write

local key, repayments, journal, write, sums = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local party, number, amount, reference = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local digest, ifMatch, ifNoneMatch = ARGV[5], ARGV[6], ARGV[7]

local before = loadAccount(key)
if not before.kind then return reject('not_found') end
-- @include steps/replay-write
local stored = redis.call('HGET', repayments, reference)
if stored then
  local amountBefore, total, frozen, used = string.match(stored, '^(%d+) (%d+) (%d+) (%d+)$')
  if amountBefore ~= amount then return reject('conflict', 'reference') end
  before.total, before.frozen, before.used = total, frozen, used
  return replyAccount(key, before, '', markOfAccount(journal, before))
end
local wrong = misfit('amount', amount, 1, MAX_AMOUNT)
if wrong then return wrong end
-- @include steps/check-condition
if before.kind ~= 'credit' then return reject('invalid_request', before.kind, markOfAccount(journal, before)) end
local used = tonumber(before.used) - tonumber(amount)
if used < 0 then return reject('exceeds_remaining', before.used, markOfAccount(journal, before)) end
if not fitsIn(sums, 'in:' .. before.currency, tonumber(amount)) then return reject('invalid_request', 'sum') end

before.used = integer(used)
redis.call('HSET', key, 'used', before.used)
redis.call('HSET', repayments, reference, table.concat({ amount, before.total, before.frozen, before.used }, ' '))
addIn(sums, before.currency, tonumber(amount))
redis.call('XADD', journal, '*', 'event', 'account.repaid', 'party', party, 'account', number,
  'amount', amount, 'reference', reference, 'used', before.used, 'write', journaledWrite(write, digest))
local answer = replyAccount(key, before, '', markOfAccount(journal, before))
-- @include steps/finish-write
