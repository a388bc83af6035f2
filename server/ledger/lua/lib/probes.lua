-- Verifications between one issuer and one payer that have led to no voucher yet, within the last hour: an issuer could find
-- out a payer's balance with them, where the payer answers by itself (PROBES_PER_PAIR). One text a pair, each as its time in
-- ms and the issuance's name, the oldest first.
-- @include lib/number

local PROBES_MS = 3600000
-- The partition is the same for all of them.
local PROBE_NAME = '%-(.*)$'

-- Those of a pair that still count, but for one issuance's when it is given.
local function readProbes(probes, pair, now, without)
  local found = {}
  for at, name in string.gmatch(redis.call('HGET', probes, pair) or '', '(%d+):(%S+)') do
    if tonumber(at) > now - PROBES_MS and name ~= without then found[#found + 1] = at .. ':' .. name end
  end
  return found
end

local function writeProbes(probes, pair, now, found)
  if not found[1] then
    redis.call('HDEL', probes, pair)
  elseif redis.call('HSET', probes, pair, table.concat(found, ' ')) == 1 then
    -- One of a pair that negotiates no more would stay for ever: for each that comes, one is looked at.
    local other = redis.call('HRANDFIELD', probes)
    if not readProbes(probes, other, now)[1] then redis.call('HDEL', probes, other) end
  end
end
