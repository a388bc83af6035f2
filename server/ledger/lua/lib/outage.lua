-- Times in which nobody could have refused a drawing, 'from:to' by blanks, ms, the oldest first and none before another's
-- end: those in which no hub was there are kept for a partition, those in which a voucher was fenced with the voucher.
-- @include lib/number

local MAX_OUTAGES = 32

-- They and one more. Few are remembered: of more, the two oldest count as one, which gives the approver more time and
-- never less.
local function withOutage(outages, from, to)
  local _, count = string.gsub(outages, ':', '')
  if count >= MAX_OUTAGES then outages = string.gsub(outages, '^(%d+):%d+ %d+:', '%1:') end
  return (outages == '' and '' or outages .. ' ') .. integer(from) .. ':' .. integer(to)
end
