-- Holds the newest event that a terminal says it was told, a version and its digest, against the log: a terminal
-- that knows more than the store, or something else, shows that the store went back in time.
-- Takes: issuance, seen, seenDigest, seenLine
-- Leaves: isAhead

local isAhead = false
do
  local version = tonumber(seen)
  if version and version > issuance.version then
    isAhead = true
  elseif version and version > 0 and seenDigest ~= '' then
    isAhead = string.sub(seenLine or '', 1, #seenDigest) ~= seenDigest
  end
end
