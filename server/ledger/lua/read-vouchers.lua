-- voucher:list: how vouchers of one server stand, for a page of an index.
-- KEYS 1 vouchers
-- Effects: none; replies with version, state, digest, issuer, payer, beneficiary and issuedAt of each, or seven times ''
-- Effects: where there is none
-- @include lib/reply

local vouchers = { unpack(KEYS, 1) }

local found = {}
for _, key in ipairs(vouchers) do
  local terms, standing = unpack(redis.call('HMGET', key, 'o', 's'))
  local version, state, digest = string.match(standing or '', '^([^\31]*)\31([^\31]*)\31([^\31]*)\31')
  local issuer, payer, beneficiary, issuedAt = string.match(terms or '',
    '^([^\31]*)\31([^\31]*)\31([^\31]*)\31[^\31]*\31[^\31]*\31[^\31]*\31[^\31]*\31([^\31]*)\31')
  if not version or not issuer then
    version, state, digest, issuer, payer, beneficiary, issuedAt = '', '', '', '', '', '', ''
  end
  found[#found + 1] = reply(version, state, digest, issuer, payer, beneficiary, issuedAt)
end
return reply(unpack(found))
