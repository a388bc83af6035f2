-- Verification of an account (claim 3): name, then status, then currency, then amount; equal passes.
-- Answers the refusal's code or nil, and the account's kind.
-- @include lib/number
-- @include lib/reply
local function verify(accountKey, name, issuance)
  local found = redis.call('HMGET', accountKey, 'name', 'status', 'currency', 'kind', 'total', 'frozen', 'used')
  local actual, status, currency, kind, total, frozen, used = unpack(found)
  -- No such account, not the payer's, another name: one answer, so that nobody can probe for accounts.
  if not actual or actual ~= name then return 'account_name_mismatch' end
  if status ~= 'active' then return 'account_blocked' end
  if currency ~= issuance.currency then return 'currency_mismatch' end
  if tonumber(total) - tonumber(frozen) - tonumber(used) < tonumber(issuance.amount) then
    return kind == 'credit' and 'insufficient_credit' or 'insufficient_funds'
  end
  return nil, kind
end

-- Refused accounts so far and the account that stands, or none, as the record keeps them.
local function accountField(issuance)
  return reply(integer(issuance.refusals), issuance.number or '', issuance.name or '')
end

-- An account that passed, as its event keeps it: what may be told of it, and then what may not.
local function accountText(account)
  return table.concat({ account.kind, account.last4, account.number, account.name }, '|')
end

-- The event of a refused account. The issuance has failed with the last attempt. Only while a change is
-- under way does an account that was verified before still stand.
local function refusal(issuance, role, state, account, code)
  issuance.refusals = issuance.refusals + 1
  local left = MAX_REFUSALS - issuance.refusals
  local after = left > 0 and state or 'failed'
  if after ~= 'changing' then
    issuance.number, issuance.name, issuance.kind, issuance.last4 = nil, nil, '', ''
  end
  return {
    type = 'account.refused',
    by = role,
    state = after,
    code = code,
    rest = account.last4 .. '|' .. integer(left),
    set = { 'a', accountField(issuance) },
    journal = { 'account', account.number, 'reason', code },
  }
end
