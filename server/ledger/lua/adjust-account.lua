-- POST adjust: adds a signed amount to the balance or the limit, once for each reference.
-- KEYS 1 account 2 adjustments 3 journal 4 write 5 sums
-- ARGV 1 party 2 number 3 amount, signed, minor units 4 reference
-- ARGV 5 digest of what is asked 6 tags to match or '' 7 tags not to match or ''
-- Answers: not_found, conflict, insufficient_funds, invalid_request
-- Effects: the account's total, and what came into the partition; the reference's answer; account.adjusted in the journal; the write's answer
-- @include lib/account
-- @include lib/amount
-- @include lib/number
-- @include lib/sums
-- @include lib/write

local key, adjustments, journal, write, sums = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local party, number, amount, reference = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local digest, ifMatch, ifNoneMatch = ARGV[5], ARGV[6], ARGV[7]

local before = loadAccount(key)
if not before.kind then return reject('not_found') end
-- @include steps/replay-write
local stored = redis.call('HGET', adjustments, reference)
if stored then
  local amountBefore, total, frozen, used = string.match(stored, '^(%S+) (%d+) (%d+) (%d+)$')
  if amountBefore ~= amount then return reject('conflict', 'reference') end
  before.total, before.frozen, before.used = total, frozen, used
  return replyAccount(key, before, '', markOfAccount(journal, before))
end
local wrong = misfit('amount', (string.gsub(amount, '^%-', '')), 1, MAX_AMOUNT)
if wrong then return wrong end
-- @include steps/check-condition
local total = tonumber(before.total) + tonumber(amount)
local held = tonumber(before.frozen) + tonumber(before.used)
if total < held then return reject('insufficient_funds', integer(held), markOfAccount(journal, before)) end
local comes = before.kind == 'funds' and tonumber(amount) or 0
if total > MAX_AMOUNT or not fitsIn(sums, 'in:' .. before.currency, comes) then return reject('invalid_request', before.total) end

before.total = integer(total)
redis.call('HSET', key, 'total', before.total)
redis.call('HSET', adjustments, reference, table.concat({ amount, before.total, before.frozen, before.used }, ' '))
addIn(sums, before.currency, comes)
redis.call('XADD', journal, '*', 'event', 'account.adjusted', 'party', party, 'account', number,
  'amount', amount, 'reference', reference, 'total', before.total, 'write', journaledWrite(write, digest))
local answer = replyAccount(key, before, '', markOfAccount(journal, before))
-- @include steps/finish-write
