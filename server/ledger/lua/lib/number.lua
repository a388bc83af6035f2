-- Numbers as texts.

-- Lua writes large numbers with an exponent unless told otherwise.
local function integer(number)
  return string.format('%.0f', number)
end
