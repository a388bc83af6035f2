-- How long the id of a write is known after it was done: 24 hours.
local REMEMBERED_MS = 86400000
