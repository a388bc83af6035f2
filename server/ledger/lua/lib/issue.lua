-- Freezes the amount in the account and issues the voucher, in the one step that this script is
-- (claims 1 and 4). The account has just passed verification. Answers the event.
-- account: key, freezes (key), number, kind, last4.
-- Takes: now
-- @include lib/number
local function issue(issuance, role, id, voucherKey, account)
  redis.call('HINCRBY', account.key, 'frozen', issuance.amount)
  redis.call('HSET', account.freezes, id, issuance.amount)
  local voucher = {
    'issuer', issuance.issuer, 'payer', issuance.payer, 'amount', issuance.amount, 'currency', issuance.currency,
    'account', account.number, 'kind', account.kind, 'last4', account.last4, 'issuedAt', integer(now),
  }
  if issuance.memo ~= '' then
    voucher[#voucher + 1] = 'memo'
    voucher[#voucher + 1] = issuance.memo
  end
  redis.call('HSET', voucherKey, unpack(voucher))
  redis.call('HSET', voucherKey, 'status', 'issued')
  issuance.kind, issuance.last4 = account.kind, account.last4
  return {
    type = 'voucher.issued',
    by = role,
    state = 'issued',
    rest = account.kind .. '|' .. account.last4,
    journal = { 'account', account.number, 'amount', issuance.amount },
  }
end
