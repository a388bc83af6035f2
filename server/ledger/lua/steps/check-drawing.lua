-- Checks what is about to be honoured before anything is written: that the voucher holds so much, and that clearing can be
-- changed by it. Neither can be otherwise in a book that nobody has altered.
-- Takes: sums, voucher, drawing
-- Leaves: nothing
-- @include lib/amount
-- @include lib/sums

do
  local held = drawing.isWaiting and voucher.pending or voucher.remaining
  local wrong = misfit('amount', integer(drawing.amount), 1, held)
  if wrong then return wrong end
  if not fitsIn(sums, 'clearing:' .. voucher.currency, drawing.amount) then
    return redis.error_reply('ASSERT clearing out of bounds: ' .. voucher.currency)
  end
end
