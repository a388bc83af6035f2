-- (settlement): pays a drawing into its beneficiary's account, once for each settlement. What came of each attempt is
-- remembered under its mark, a refusal too: digest|code|amount|party|number.
-- KEYS 1 account 2 marks 3 journal 4 book 5 the voucher, where no other server has it
-- ARGV 1 settlement 2 attempt 3 digest of the event that honoured it 4 amount, minor units 5 currency 6 party 7 number
-- ARGV 8 the book's id
-- Answers: unavailable, rolled_back, account_name_mismatch, account_not_payable, currency_mismatch, conflict
-- Effects: the account's total; account.credited or credit.refused in the journal; the mark, with which it replies
-- @include lib/account
-- @include lib/amount
-- @include lib/settlement

local key, marks, journal, books, voucher = KEYS[1], KEYS[2], KEYS[3], { KEYS[4] }, KEYS[5]
local settlement, attempt, digest, amount, currency = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local party, number, bookId = ARGV[6], ARGV[7], ARGV[8]
-- @include steps/check-book

local wrong = misfit('amount', amount, 1, MAX_AMOUNT)
if wrong then return wrong end
local paid = table.concat({ amount, party, number }, '|')
local stored = redis.call('HGET', marks, attempt)
if stored then
  local digestBefore, code, paidBefore = string.match(stored, '^(%x+)|([^|]*)|(.*)$')
  -- It was paid for another past: of the voucher, or of what an operator has decided about the settlement.
  if digestBefore ~= digest or paidBefore ~= paid then return reject('conflict', '', stored) end
  if code ~= 'done' then return reject(code, '', stored) end
  return reply('done', stored)
end

-- The store may have gone back since the settlement was read: what it has lost is not paid.
if voucher then
  local open = redis.call('HGET', voucher, 'z:' .. string.match(settlement, '%d+$')) or ''
  local state, _, attemptOpen, _, due, honoured, payee, account = string.match(open, SETTLEMENT_PARTS)
  local isOpen = state == 'open' and attemptOpen == attempt and honoured == digest
  if not isOpen or table.concat({ due, payee, account }, '|') ~= paid then return reject('rolled_back') end
end

local account = loadAccount(key)
local code = 'done'
if not account.kind then
  code = 'account_name_mismatch'
elseif account.kind ~= 'funds' then
  code = 'account_not_payable'
elseif account.currency ~= currency then
  code = 'currency_mismatch'
elseif tonumber(account.total) + tonumber(amount) > MAX_AMOUNT then
  code = 'account_not_payable'
end
local mark = table.concat({ digest, code, paid }, '|')
redis.call('HSET', marks, attempt, mark)
if code ~= 'done' then
  redis.call('XADD', journal, '*', 'event', 'credit.refused', 'party', party, 'account', number, 'amount', amount,
    'currency', currency, 'settlement', settlement, 'attempt', attempt, 'digest', digest, 'reason', code)
  return reject(code, '', mark)
end
redis.call('HSET', key, 'moved', '1')
local total = redis.call('HINCRBY', key, 'total', amount)
redis.call('XADD', journal, '*', 'event', 'account.credited', 'party', party, 'account', number, 'amount', amount,
  'currency', currency, 'settlement', settlement, 'attempt', attempt, 'digest', digest, 'total', total)
return reply('done', mark)
