-- Freezes the amount in the account; the voucher is written after the event (steps/write-voucher), in the one step that
-- this script is (claims 1 and 4). The account has just passed verification. Answers the event.
-- account: key, freezes (key), number, name, kind, last4.
-- @include lib/verify
local function issue(issuance, role, id, account)
  redis.call('HINCRBY', account.key, 'frozen', issuance.amount)
  redis.call('HSET', account.freezes, id, issuance.amount)
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
  }
end
