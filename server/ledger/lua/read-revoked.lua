-- (tokens): until when the tokens of a party are good no more.
-- KEYS 1 revoked
-- ARGV 1 party
-- Effects: none; replies with the time, milliseconds, or ''
-- @include lib/reply

local revoked, party = KEYS[1], ARGV[1]

return reply('done', redis.call('ZSCORE', revoked, party) or '')
