-- Times in which nobody could have refused a drawing, 'from:to' by blanks, ms, the oldest first. OUTAGE_MS is from how long
-- on the absence of all hubs is one.
-- @include lib/number

local OUTAGE_MS, MAX_OUTAGES = 60000, 32

-- They and one more, which ends after them. Few are remembered: of more, the two oldest count as one, which gives the
-- approver more time and never less.
local function withOutage(outages, from, to)
  local _, count = string.gsub(outages, ':', '')
  if count >= MAX_OUTAGES then
    outages = string.gsub(outages, '^(%d+):%d+ (%d+):', function(first, second)
      return integer(math.min(tonumber(first), tonumber(second))) .. ':'
    end)
  end
  return (outages == '' and '' or outages .. ' ') .. integer(from) .. ':' .. integer(to)
end
