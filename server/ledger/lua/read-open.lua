-- issuance:list: how issuances of one server stand, for a page of an index.
-- KEYS 1 issuances
-- Effects: none; replies with version, state, digest, issuer, payer, indexedAt and endedAt of each, or seven times '' where there is none
-- @include lib/reply

local issuances = { unpack(KEYS, 1) }

local found = {}
for _, key in ipairs(issuances) do
  local offer, standing = unpack(redis.call('HMGET', key, 'o', 's'))
  local version, state, digest, endedAt = string.match(standing or '', '^([^\31]*)\31([^\31]*)\31([^\31]*).*\31([^\31]*)$')
  local issuer, payer, indexedAt = string.match(offer or '',
    '^([^\31]*)\31([^\31]*)\31[^\31]*\31[^\31]*\31[^\31]*\31[^\31]*\31[^\31]*\31([^\31]*)')
  if not version or not issuer then
    version, state, digest, issuer, payer, indexedAt, endedAt = '', '', '', '', '', '', ''
  end
  found[#found + 1] = reply(version, state, digest, issuer, payer, indexedAt, endedAt)
end
return reply(unpack(found))
