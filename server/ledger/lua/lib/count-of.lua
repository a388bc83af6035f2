-- How many members of an index begin with a party, or with two by a colon. The time it takes does not grow with them.
local function countOf(index, beginning)
  return redis.call('ZLEXCOUNT', index, '[' .. beginning .. ':', '(' .. beginning .. ';')
end
