-- Takes an issuance that has ended, or that was never made, out of its issuer's index.
-- KEYS 1 request 2 open
-- ARGV 1 member of the index 2 how long its commandId is still known, ms; '' for ever
-- Effects: the entry is gone; the request goes when the issuance's data does
-- @include lib/reply

local request, open = KEYS[1], KEYS[2]
local member, known = ARGV[1], ARGV[2]

redis.call('ZREM', open, member)
if known ~= '' then redis.call('PEXPIRE', request, known) end
return { 'done' }
