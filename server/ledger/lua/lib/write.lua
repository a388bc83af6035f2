-- How long the id of a write is known after it was done: 24 hours.
local REMEMBERED_MS = 86400000

-- What the journal has of a write, so that its answer can be made anew: its id, with which its key ends, and the digest of
-- what is asked. ledger/journal-entry.ts reads it.
local function journaledWrite(write, digest)
  return string.match(write, '[^:]*$') .. ' ' .. digest
end

-- The same of what is answered alike by what it has come to, and needs no digest: the id alone.
local function idOfWrite(write)
  return string.match(write, '[^:]*$')
end
