-- The forms of a reply, which is one text; ledger/packing.ts says what parts its values, and ledger/outcome.ts reads it.

local function reply(...)
  return table.concat({ ... }, SEPARATOR)
end

-- Nothing was written and nothing is remembered: the same command may pass later.
local function reject(code, detail, more)
  return reply('rejected', code, detail or '', more or '')
end
