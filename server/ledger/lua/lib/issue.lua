-- Freezes the amount in the account and issues the voucher, in the one step that this script is
-- (claims 1 and 4). The account has just passed verification. Answers the event.
-- account: key, freezes (key), number, kind, last4.
local function issue(issuance, role, voucherKey, account)
  redis.call('HINCRBY', account.key, 'frozen', issuance.a)
  redis.call('HSET', account.freezes, id, issuance.a)
  local voucher = {
    'issuer', issuance.i, 'payer', issuance.p, 'amount', issuance.a, 'currency', issuance.c,
    'account', account.number, 'kind', account.kind, 'last4', account.last4, 'issuedAt', integer(now),
  }
  if issuance.m then
    voucher[#voucher + 1] = 'memo'
    voucher[#voucher + 1] = issuance.m
  end
  redis.call('HSET', voucherKey, unpack(voucher))
  redis.call('HSET', voucherKey, 'status', 'issued')
  return {
    type = 'voucher.issued',
    by = role,
    state = 'issued',
    rest = account.kind .. '|' .. account.last4,
    set = { k = account.kind, l = account.last4, n = account.number },
    journal = { 'account', account.number, 'amount', issuance.a },
  }
end
