-- A request that has been answered, or has ended, waits for its payer no longer, and makes room for others of its issuer's
-- (OPEN_PER_PAIR).
-- Takes: id, issuance, stateBefore, proposed
-- Leaves: nothing
-- @include lib/pair-member

if stateBefore == 'proposed' then
  redis.call('ZREM', proposed, string.format(PAIR_MEMBER, issuance.payer, issuance.issuer, id))
end
