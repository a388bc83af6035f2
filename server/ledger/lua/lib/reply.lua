-- The forms of a reply; ledger/replies.ts reads them.

-- Nothing was written and nothing is remembered: the same command may pass later.
local function refuse(code, detail, more)
  return { 'no', code, detail or '', more or '' }
end
