-- Freezes the amount in the account and issues the voucher, in the one step that this script is
-- (claims 1 and 4). The account has just passed verification. Answers the event.
-- account: key, freezes (key), number, name, kind, last4.
-- @include lib/verify
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
  local rest, set = account.kind .. '|' .. account.last4, nil
  -- An account that was not accepted but sent just now stands from now on.
  if issuance.number ~= account.number or issuance.name ~= account.name then
    issuance.number, issuance.name = account.number, account.name
    rest, set = accountText(account), { 'a', accountField(issuance) }
  end
  issuance.kind, issuance.last4 = account.kind, account.last4
  return {
    type = 'voucher.issued',
    by = role,
    state = 'issued',
    rest = rest,
    set = set,
    journal = { 'amount', issuance.amount },
  }
end
