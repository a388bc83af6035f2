-- The newest version of an issuance that a terminal says it knows, held against the log.
-- @include lib/number

-- A terminal that was told more than the store has, or something else, shows that the store went back in time.
local function isAhead(key, issuance, version, digest)
  if version > issuance.version then return true end
  if version < 1 or digest == '' then return false end
  local line = redis.call('HGET', key, integer(version))
  return string.sub(line or '', 1, #digest) ~= digest
end
