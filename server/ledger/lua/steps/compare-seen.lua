-- Holds the newest event that a terminal says it was told, a version and its digest, against the log: a terminal
-- that knows more than the store, or something else, shows that the store went back in time.
-- isThorough: the newest event's digest is made anew, so that an offer or an account that was altered shows as well.
-- record: an issuance or a voucher.
-- Takes: key, record, seen, seenDigest, isThorough
-- Leaves: isAhead
-- @include lib/digest

local isAhead = false
do
  local version = tonumber(seen)
  if version and version > record.version then
    isAhead = true
  elseif version and version > 0 and seenDigest ~= '' then
    local digest = record.digest
    if isThorough or version < record.version then
      local line = redis.call('HGET', key, seen) or ''
      digest = string.sub(line, 1, 12)
      if version == record.version then
        local before = string.sub(line, 1, 6)
        digest = before .. string.sub(redis.sha1hex(string.format(DIGESTED, record.offer, before,
          record.number or '', record.name or '', string.sub(line, 14))), 1, 6)
      end
    end
    isAhead = digest ~= seenDigest
  end
end
