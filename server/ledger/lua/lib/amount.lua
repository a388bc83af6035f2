-- What an amount has to be, minor units: a whole number, and no larger than JavaScript, JSON and Lua keep exactly. Schemas
-- refuse all else at the edge, so one that comes to a script is a fault: the script ends with an error, and has written
-- nothing.
-- @include lib/number

-- That error, for a text that is no whole number from the least to the most; nil for one that is.
local function misfit(name, text, least, most)
  local number = tonumber(text)
  if number and integer(number) == text and number >= least and number <= most then return nil end
  return redis.error_reply('ASSERT ' .. name .. ' out of bounds: ' .. text)
end
