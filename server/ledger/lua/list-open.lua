-- issuance:list: a part of the index of a party's open issuances, newest first, and how far the journal went then: what is
-- not in the index any more has ended by then.
-- KEYS 1 open 2 journal
-- ARGV 1 newest member 2 oldest member, both as ZREVRANGEBYLEX takes them 3 count
-- Effects: none; replies with the id of the journal's last entry or '', and the members
-- @include lib/mark
-- @include lib/reply

local open, journal = KEYS[1], KEYS[2]
local newest, oldest, count = ARGV[1], ARGV[2], ARGV[3]

local members = redis.call('ZREVRANGEBYLEX', open, newest, oldest, 'LIMIT', 0, count)
return reply(markOf(journal), unpack(members))
