-- (session): what a session begins with, in one round trip: the newest of the indexes of a party's open issuances and of its
-- vouchers that live, how far the journal went then, and the time.
-- KEYS 1 open 2 liveVouchers 3 journal
-- ARGV 1 newest member 2 oldest member, both as ZREVRANGEBYLEX takes them 3 count of issuances 4 count of vouchers
-- Effects: none; replies with the time, ms, the id of the journal's last entry or '', the number of open issuances that
-- Effects: follow, those, and the vouchers
-- @include steps/read-clock
-- @include lib/number
-- @include lib/mark
-- @include lib/reply

local open, liveVouchers, journal = KEYS[1], KEYS[2], KEYS[3]
local newest, oldest, issuanceCount, voucherCount = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local members = redis.call('ZREVRANGEBYLEX', open, newest, oldest, 'LIMIT', 0, issuanceCount)
local count = integer(#members)
for _, member in ipairs(redis.call('ZREVRANGEBYLEX', liveVouchers, newest, oldest, 'LIMIT', 0, voucherCount)) do
  members[#members + 1] = member
end
return reply(integer(now), markOf(journal), count, unpack(members))
