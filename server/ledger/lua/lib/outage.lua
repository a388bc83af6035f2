-- From how long on nobody could have refused a drawing, and how many such times are remembered in a partition.
local OUTAGE_MS, MAX_OUTAGES = 60000, 32
