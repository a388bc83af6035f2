-- (sweep): the issuances and vouchers of a partition whose time may have come, and what else is to be done in it, by the
-- clock of the server that has them.
-- KEYS 1 deadlines 2 undone 3 silence 4 journal
-- ARGV 1 how many deadlines to pass over 2 how many of each at most 3 from how long on the absence of hubs is an outage, ms
-- Effects: where drawings wait, notes that a hub is there, and outage.noted in the journal when none was; replies with ids,
-- Effects: the earliest deadline first, and then with the queue of things undone, each with '!' before it
-- @include steps/read-clock
-- @include lib/number
-- @include lib/reply
-- @include lib/undone

local deadlines, undone, silence, journal = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local skip, limit, outageMs = ARGV[1], ARGV[2], tonumber(ARGV[3])

-- @include steps/note-outage
local found = redis.call('ZRANGEBYSCORE', deadlines, 0, integer(now), 'LIMIT', skip, limit)
-- What was entered just now the hub that entered it is doing.
local entries = redis.call('ZRANGEBYSCORE', undone, 0, integer(now - UNDONE_AFTER_MS), 'LIMIT', 0, limit)
for _, entry in ipairs(entries) do found[#found + 1] = '!' .. entry end
return reply('done', unpack(found))
