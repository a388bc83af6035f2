-- True while an operator has yet to decide about a store that went back in time. Of an issuance or a voucher.
local function isFenced(record)
  return record.fence and string.sub(record.fence, 1, 7) == 'fenced|'
end
