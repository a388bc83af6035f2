-- All that remains is unfrozen, and counts as released.
-- Takes: key, id, voucher
-- Leaves: sum
-- @include lib/unfreeze

local sum = voucher.remaining
voucher.remaining, voucher.released = 0, voucher.released + sum
unfreeze(key, id, voucher, sum, 0)
