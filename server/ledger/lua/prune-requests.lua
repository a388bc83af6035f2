-- Takes issuances that have ended, or that were never made, out of their issuers' index.
-- KEYS 1 open 2 requests, one for each issuance
-- ARGV 1 for each issuance its member of the index, and how long its commandId is still known, ms; '' for ever
-- Effects: the entries are gone; a request expires when the issuance's data does
-- @include lib/reply

local open = KEYS[1]
local requests = { unpack(KEYS, 2) }
local entries = { unpack(ARGV, 1) }

for position, request in ipairs(requests) do
  local member, known = entries[2 * position - 1], entries[2 * position]
  redis.call('ZREM', open, member)
  if known ~= '' then redis.call('PEXPIRE', request, known) end
end
return reply('done')
