-- How far a partition's journal goes: what is read in the same script was written by then, so that it may be told once
-- replicas have the journal up to there (MIN_REPLICAS). '' while it is empty.
local function markOf(journal)
  local last = redis.call('XREVRANGE', journal, '+', '-', 'COUNT', 1)[1]
  return last and last[1] or ''
end
