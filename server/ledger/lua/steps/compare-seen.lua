-- Holds the newest event that a terminal says it was told, a version and its digest, against the log: a terminal
-- that knows more than the store, or something else, shows that the store went back in time, or was altered.
-- Takes: issuance, seen, seenDigest, seenLine
-- Leaves: isAhead
-- @include lib/digest

local isAhead = false
do
  local version = tonumber(seen)
  if version and version > issuance.version then
    isAhead = true
  elseif version and version > 0 and seenDigest ~= '' then
    local digest = string.sub(seenLine or '', 1, 12)
    if version == issuance.version then
      -- It is made anew, so that an offer or an account that is not what was shown is seen as well.
      local before = string.sub(digest, 1, 6)
      digest = before .. string.sub(redis.sha1hex(string.format(DIGESTED, issuance.salt, before, issuance.offer,
        issuance.number or '', issuance.name or '', string.sub(seenLine or '', 14))), 1, 6)
    end
    isAhead = digest ~= seenDigest
  end
end
