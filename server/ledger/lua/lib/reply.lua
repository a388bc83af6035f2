-- The forms of a reply, which is one text. ledger/packing.ts parts its values, and ledger/outcome.ts reads them.

local function reply(...)
  return table.concat({ ... }, SEPARATOR)
end

-- What every refusal from then on shows, once a script has set it: the newest event of a record (lib/shown-event). The hub
-- tells of it when replicas have that (MIN_REPLICAS). Before membership is known nothing may be shown.
local restsOn = ''

-- Nothing was written, and the answer is not stored: the same command may pass later.
local function reject(code, detail, more)
  return reply('rejected', code, detail or '', more or restsOn)
end
