-- Until when silence waits with a drawing that was presented at a time and had until a deadline: later by what of some
-- times, 'from:to' by blanks, falls into its wait. What overlaps counts once. All in ms.
local function putOff(outages, at, deadline)
  local times = {}
  for from, to in string.gmatch(outages, '(%d+):(%d+)') do times[#times + 1] = { tonumber(from), tonumber(to) } end
  table.sort(times, function(one, other) return one[1] < other[1] end)
  local till, counted = deadline, at
  for _, time in ipairs(times) do
    local from, to = math.max(time[1], counted), time[2]
    if from < till and to > from then till, counted = till + to - from, to end
  end
  return till
end
