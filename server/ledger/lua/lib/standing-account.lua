-- The keys of the account that only the issuance's record names (design, section 4: the one exception to
-- declaring every key). They carry the same tag as the issuance's own key, so that the slot is the same.
local function standingAccount(key, issuance)
  local tag = string.match(key, '^ts:{%d+}:')
  local account = tag .. 'account:' .. issuance.payer .. ':' .. issuance.number
  return {
    key = account, freezes = account .. ':freezes',
    number = issuance.number, name = issuance.name, last4 = issuance.last4,
  }
end
