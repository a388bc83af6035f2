-- (tokens): the parties whose tokens were revoked after a time, the first ones first, 1,000 at the most.
-- KEYS 1 revoked
-- ARGV 1 after, milliseconds
-- Effects: none; replies with each party and its time
-- @include lib/reply

local revoked, after = KEYS[1], ARGV[1]

return reply('done', unpack(redis.call('ZRANGEBYSCORE', revoked, '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, 1000)))
