-- issuance:list: how issuances of one server stand, for a page of an index.
-- KEYS 1 issuances
-- Effects: none; replies with version, state and issuer of each, or with three times '' where there is none
-- @include lib/reply

local issuances = { unpack(KEYS, 1) }

local found = {}
for _, key in ipairs(issuances) do
  local offer, standing = unpack(redis.call('HMGET', key, 'o', 's'))
  local version, state = string.match(standing or '', '^([^\31]*)\31([^\31]*)')
  found[#found + 1] = offer and reply(version, state, string.match(offer, '^[^\31]*')) or reply('', '', '')
end
return reply(unpack(found))
