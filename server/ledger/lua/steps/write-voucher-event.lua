-- Writes one event of a voucher: how it stands, the log, when time will next bring something about, and the journal.
-- event: type, by, state, rest (what the type adds), set (more fields of the record, and their values),
-- journal (more fields for the journal). voucher is brought to how it stands now, its sums excepted, which the command
-- has changed already; line is the event as the log has it.
-- Takes: now, key, deadlines, journal, id, voucher, event
-- Leaves: line
-- @include lib/voucher
-- @include lib/digest

local line
do
  local armed = voucher.nextAt
  line = table.concat({ event.type, string.sub(event.by, 1, 1), event.state, integer(now), event.rest or '' }, '|')
  -- Its first half is the second half of the digest before, so that a reader of that one can tell that this follows it.
  local before = string.sub(voucher.digest, 7)
  local digest = before .. string.sub(redis.sha1hex(string.format(DIGESTED, voucher.offer, before,
    voucher.number, '', line)), 1, 6)
  line = digest .. '|' .. line

  voucher.version, voucher.state, voucher.digest = voucher.version + 1, event.state, digest
  voucher.nextAt = nextOf(voucher)
  redis.call('HSET', key, 's', packVoucher(voucher), integer(voucher.version), line, unpack(event.set or {}))
  redis.call('XADD', journal, '*', 'id', id, 'event', line, unpack(event.journal or {}))
  if not voucher.nextAt then
    redis.call('ZREM', deadlines, id)
  elseif not armed or voucher.nextAt < armed then
    -- What moves later is not armed anew: when the time that is armed comes, the sweep finds out.
    redis.call('ZADD', deadlines, integer(voucher.nextAt), id)
  end
end
