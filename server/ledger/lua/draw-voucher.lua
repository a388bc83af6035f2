-- voucher:draw: the beneficiary draws on the voucher. On demand it is honoured at once, under approval it waits.
-- KEYS 1 voucher 2 deadlines 3 journal 4 sums 5 undone 6 openSettlements 7 silence
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or '' 7 digest of seen or ''
-- ARGV 8 amount, minor units, or '' for all that remains 9 final, 'f' or '' 10 number of the account to be paid
-- ARGV 11 its holder 12 mode of the settlement 13 why that account can't be paid, a code of FINDINGS, or ''
-- ARGV 14 that account's currency, or '' where nobody looked
-- Answers: not_found, conflict, forbidden, rolled_back, wrong_state, too_many_drawings, exceeds_remaining, account_name_mismatch, account_not_payable, currency_mismatch
-- Effects: drawing.honoured or drawing.presented, now accepted or honoured; money, freeze, clearing and settlement
-- Effects: replies 'due' when time has brought something before
-- @rule voucher:draw
-- @include steps/read-voucher-command
-- @include steps/check-voucher-command
-- @include steps/check-voucher-version
-- @include lib/amount
-- @include lib/honour
-- @include lib/room
-- @include lib/waiting-form

local sums, undone, openSettlements, silence = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local final, number, holder, mode = ARGV[9], ARGV[10], ARGV[11], ARGV[12]
local finding, payeesCurrency = ARGV[13], ARGV[14]
local asked = ARGV[8]
local FINDINGS = { ['account_name_mismatch'] = true, ['account_not_payable'] = true }

local wrong = asked ~= '' and misfit('amount', asked, 1, MAX_AMOUNT)
if wrong then return wrong end
local amount = asked == '' and voucher.remaining or tonumber(asked)
if voucher.drawn >= MAX_DRAWINGS or isFullOf(voucher, voucher.drawn + 1) then return reject('too_many_drawings') end
if amount > voucher.remaining or amount == 0 then return reject('exceeds_remaining', integer(voucher.remaining)) end
if finding ~= '' then
  if not FINDINGS[finding] then return redis.error_reply('ASSERT no finding of an account: ' .. finding) end
  return reject(finding)
end
if payeesCurrency ~= '' and payeesCurrency ~= voucher.currency then return reject('currency_mismatch') end

local drawing = {
  id = integer(voucher.version + 1), amount = amount, final = final, number = number, holder = holder,
}
voucher.drawn = voucher.drawn + 1
local event
if voucher.approver == '' then
  -- @include steps/check-drawing
  event = honour(key, id, voucher, sums, drawing, role, mode)
else
  voucher.remaining, voucher.pending = voucher.remaining - amount, voucher.pending + amount
  local within = 1000 * voucher.within
  local deadline = integer(now + within)
  local entry = string.format(WAITING, drawing.id, integer(amount), integer(now), deadline, deadline, final, number, holder)
  voucher.waiting = voucher.waiting == '' and entry or voucher.waiting .. '\30' .. entry
  event = {
    type = 'drawing.presented',
    by = role,
    state = 'accepted',
    rest = table.concat({ integer(amount), integer(within), final, number, holder }, '|'),
    set = { 'w', voucher.waiting },
  }
  -- Before the first nobody had anything to refuse.
  if redis.call('HINCRBY', silence, 'waiting', 1) == 1 then redis.call('HSET', silence, 'swept', integer(now)) end
end
-- @include steps/finish-voucher
-- @include steps/open-settlement
-- @include steps/reply-voucher
