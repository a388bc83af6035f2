-- (tokens): the parties whose tokens were revoked from a time on, the first ones first, 1,000 at the most.
-- KEYS 1 revoked
-- ARGV 1 from, milliseconds
-- Effects: none; replies with each party and its time
-- @include lib/reply

local revoked, from = KEYS[1], ARGV[1]

return reply('done', unpack(redis.call('ZRANGEBYSCORE', revoked, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1000)))
