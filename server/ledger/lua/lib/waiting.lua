-- @include lib/waiting-form

-- The drawing that waits under an id, or the one whose silence is over first; and the text of all others.
local function takeWaiting(waiting, id)
  local found
  local others = {}
  for entry in string.gmatch(waiting, '[^\30]+') do
    local drawingId, amount, _, _, till, final, number, holder = string.match(entry, WAITING_PARTS)
    local drawing = {
      id = drawingId, amount = tonumber(amount), till = tonumber(till), final = final, number = number, holder = holder,
      entry = entry,
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
