-- Honours a drawing: its amount leaves the account for clearing, and what a final drawing leaves over is unfrozen.
-- Answers the event; what pays it out is opened after it is written (steps/open-settlement).
-- drawing: id, amount, final ('f' or ''), number, holder, isWaiting.
-- @include lib/unfreeze
local function honour(key, id, voucher, sums, drawing, actor, mode)
  local amount, released = drawing.amount, 0
  if drawing.isWaiting then
    voucher.pending = voucher.pending - amount
  else
    voucher.remaining = voucher.remaining - amount
  end
  voucher.honoured = voucher.honoured + amount
  if drawing.final ~= '' then
    voucher.isFinal = true
    released = voucher.remaining
    voucher.remaining, voucher.released = 0, voucher.released + released
  end
  unfreeze(key, id, voucher, amount + released, amount)
  redis.call('HINCRBY', sums, 'clearing:' .. voucher.currency, integer(amount))
  local isOver = voucher.remaining == 0 and voucher.pending == 0
  local rest = { drawing.id, integer(amount), integer(released), drawing.final, mode, drawing.number, drawing.holder }
  return {
    type = 'drawing.honoured',
    by = actor,
    state = isOver and 'honoured' or 'accepted',
    rest = table.concat(rest, '|'),
    honours = drawing,
  }
end
