-- How long the hub that has entered something in the queue of things undone is given to do it.
local UNDONE_AFTER_MS = 2000
