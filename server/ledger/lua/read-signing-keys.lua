-- (documents): the public keys that are published now, by the clock of the server that has them.
-- KEYS 1 signing keys
-- Effects: none; replies with each key and until when, milliseconds
-- @include steps/read-clock
-- @include lib/number
-- @include lib/reply

local keys = KEYS[1]

return reply('done', unpack(redis.call('ZRANGEBYSCORE', keys, '(' .. integer(now), '+inf', 'WITHSCORES')))
