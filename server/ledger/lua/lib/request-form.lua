-- The form of what the issuer's partition remembers of a request: the payer's partition, the time of the entry in ms,
-- and ':ended' once the issuance has ended. keys.ts names the key.
local REQUEST = '%s:%s'
local REQUEST_PARTS = '^(%d+):(%d+)(:?%a*)$'
