-- The drawings that wait for the approver, as one text: each `id|amount|at|deadline|until|final|number|holder`, parted
-- by \30. The deadline is what its parties were told, until is when silence honours it, which is later where no hub
-- was there (steps/note-outage), or the voucher was fenced. All times in ms.
local WAITING = '%s|%s|%s|%s|%s|%s|%s|%s'
local WAITING_PARTS = '^(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(f?)|([^|]*)|(.*)$'

-- The drawing that waits under an id, or the one whose silence is over first; and the text of all others.
local function takeWaiting(waiting, id)
  local found
  local others = {}
  for entry in string.gmatch(waiting, '[^\30]+') do
    local drawingId, amount, at, deadline, till, final, number, holder = string.match(entry, WAITING_PARTS)
    local drawing = {
      id = drawingId, amount = tonumber(amount), at = tonumber(at), deadline = tonumber(deadline),
      till = tonumber(till), final = final, number = number, holder = holder, entry = entry,
    }
    local isIt = id and drawingId == id or not id and (not found or drawing.till < found.till)
    if isIt then
      if found then others[#others + 1] = found.entry end
      found = drawing
    else
      others[#others + 1] = entry
    end
  end
  return found, table.concat(others, '\30')
end
