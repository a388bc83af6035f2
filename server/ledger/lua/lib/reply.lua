-- The forms of a reply, which is one text. ledger/packing.ts parts its values, and ledger/outcome.ts reads them.

local function reply(...)
  return table.concat({ ... }, SEPARATOR)
end

-- Nothing was written, and the answer is not stored: the same command may pass later.
local function reject(code, detail, more)
  return reply('rejected', code, detail or '', more or '')
end
