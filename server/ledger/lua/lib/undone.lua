-- How long the hub that has entered something in the queue of things undone is given to do it.
local UNDONE_AFTER_MS = 2000
-- How long is put aside what waits for an operator's decision, which brings it back at once: a day.
local ASIDE_MS = 86400000
