-- When the parties of a voucher are told that it will expire, ms.
local function expiringAt(issuedAt, expiresAt)
  return expiresAt - math.min(EXPIRING_BEFORE_MS, math.floor((expiresAt - issuedAt) / 10))
end
