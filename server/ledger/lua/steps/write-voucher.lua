-- Writes the voucher of an issuance that has just been issued, with its first event, whose digest follows the
-- issuance's last. Its account is the one that the event was issued from.
-- Takes: now, deadlines, journal, id, issuance, event, voucherKey, liveVouchers, undone
-- Takes: untouched
-- Leaves: nothing
-- @include lib/digest
-- @include lib/expiring
-- @include lib/number
-- @include lib/open-member
-- @include lib/pair-member
-- @include lib/reply

if event.type == 'voucher.issued' then
  local beneficiary, validFor, approval, salt = string.match(issuance.offer,
    '^' .. string.rep('[^\31]*\31', 8) .. '([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)$')
  if beneficiary == '' then beneficiary = issuance.issuer end
  local voucherId, at, lasts = 'v' .. id, integer(now), 1000 * tonumber(validFor)
  local warning = integer(expiringAt(now, now + lasts))
  local terms = reply(issuance.issuer, issuance.payer, beneficiary, issuance.amount, issuance.currency, issuance.memo,
    approval, at, integer(now + lasts), issuance.number, issuance.kind, issuance.last4, salt)
  local line = 'voucher.issued|' .. string.sub(event.by, 1, 1) .. '|issued|' .. at .. '|'
  local before = string.sub(issuance.digest, 7)
  local digest = before .. string.sub(redis.sha1hex(string.format(DIGESTED, terms, before,
    issuance.number, '', line)), 1, 6)
  line = digest .. '|' .. line
  redis.call('HSET', voucherKey, 'o', terms, '1', line,
    's', reply('1', 'issued', digest, '0', '0', '0', issuance.amount, '0', '', '', warning))
  redis.call('XADD', journal, '*', 'id', voucherId, 'event', line, 'terms', terms)
  redis.call('ZADD', deadlines, warning, voucherId)
  redis.call('ZADD', liveVouchers, 0, string.format(OPEN_MEMBER, issuance.payer, at, voucherId))
  if beneficiary ~= issuance.issuer and beneficiary == issuance.payer then
    redis.call('ZADD', untouched, 0, string.format(PAIR_MEMBER, beneficiary, issuance.issuer, voucherId))
  elseif beneficiary ~= issuance.issuer then
    -- Its beneficiary is to be told, and to have it in the indexes of its own partition.
    redis.call('ZADD', undone, at, voucherId)
  end
end
