-- The record of an account. total is the balance of a funds account, the limit of a credit account; used is what has been
-- drawn of a line of credit and not been repaid, 0 of a funds account. Available is total - used - frozen.
-- @include lib/mark
-- @include lib/reply

-- How much of a digest is a tag.
local TAG_LENGTH = 20
local ACCOUNT_FIELDS = { 'holder', 'kind', 'currency', 'total', 'frozen', 'status', 'used' }

-- moved: something was drawn, unfrozen or paid in since it was made.
local function loadAccount(key)
  local values = redis.call('HMGET', key, 'moved', unpack(ACCOUNT_FIELDS))
  local account = { moved = values[1] }
  for position, field in ipairs(ACCOUNT_FIELDS) do account[field] = values[position + 1] or nil end
  return account
end

-- How far the journal goes, where the account shows what vouchers have done to it, else ''.
local function markOfAccount(journal, account)
  local isTouched = account.kind and (account.frozen ~= '0' or account.moved)
  return isTouched and markOf(journal) or ''
end

-- The reply of every account command: the account as it is given, or else as it stands; then the other values.
local function replyAccount(key, account, ...)
  account = account or loadAccount(key)
  local values = { 'done' }
  for _, field in ipairs(ACCOUNT_FIELDS) do values[#values + 1] = account[field] end
  return reply(table.concat(values, SEPARATOR), ...)
end
