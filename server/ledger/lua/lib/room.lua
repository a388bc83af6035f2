-- True when a voucher has no room for one more event that need not be, with so many drawings: each of those may need
-- three more (honoured, not paid out, paid outside), and the voucher three of its own (expiring, all released, its end).
local function isFullOf(voucher, drawings)
  return voucher.version >= MAX_VOUCHER_EVENTS or voucher.version + 3 * drawings + 4 > MAX_VOUCHER_VERSION
end
