-- PUT account: makes an account or sets it anew; what is frozen stays frozen.
-- KEYS 1 account 2 accounts 3 journal 4 book 5 write 6 sums
-- ARGV 1 party 2 number 3 holder 4 comparable name 5 kind 6 currency 7 total, minor units 8 status or ''
-- ARGV 9 the book's id 10 digest of what is asked 11 tags to match or '' 12 tags not to match or ''
-- Answers: unavailable, conflict, insufficient_funds, invalid_request
-- Effects: the account, and what came into the partition; account.put in the journal; replies with 'new' when it made the account; the write's answer
-- @include lib/account
-- @include lib/amount
-- @include lib/number
-- @include lib/sums
-- @include lib/write

local key, accounts, journal, books, write, sums = KEYS[1], KEYS[2], KEYS[3], { KEYS[4] }, KEYS[5], KEYS[6]
local party, number, holder, name, kind, currency, total, status, bookId, digest, ifMatch, ifNoneMatch = unpack(ARGV)
-- @include steps/check-book

-- @include steps/replay-write
local before = loadAccount(key)
local held = tonumber(before.frozen or '0') + tonumber(before.used or '0')
local wrong = misfit('total', total, 0, MAX_AMOUNT)
if wrong then return wrong end
-- @include steps/check-condition
if held > 0 and (before.kind ~= kind or before.currency ~= currency) then
  return reject('conflict', before.kind .. ' ' .. before.currency, markOfAccount(journal, before))
end
if tonumber(total) < held then
  return reject('insufficient_funds', integer(held), markOfAccount(journal, before))
end
-- What leaves the partition in the currency of before, and what comes in that of now. Limits are not money.
local leaves = before.kind == 'funds' and tonumber(before.total) or 0
local comes = kind == 'funds' and tonumber(total) or 0
if before.currency == currency then leaves, comes = 0, comes - leaves end
local isFull = not fitsIn(sums, 'in:' .. currency, comes)
if isFull or (leaves > 0 and not fitsIn(sums, 'in:' .. before.currency, -leaves)) then
  return reject('invalid_request', currency)
end

if status == '' then status = before.status or 'active' end
redis.call('HSET', key, 'holder', holder, 'name', name, 'kind', kind, 'currency', currency, 'total', total,
  'status', status, 'frozen', before.frozen or '0', 'used', before.used or '0')
if leaves > 0 then addIn(sums, before.currency, -leaves) end
addIn(sums, currency, comes)
if not before.kind then redis.call('ZADD', accounts, 0, number) end
redis.call('XADD', journal, '*', 'event', 'account.put', 'party', party, 'account', number, 'kind', kind,
  'currency', currency, 'total', total, 'status', status, 'holder', holder, 'write', journaledWrite(write, digest))

local answer = replyAccount(key, nil, before.kind and '' or 'new', markOfAccount(journal, before))
-- @include steps/finish-write
