-- Checks what a write asks of the account as it stands (RFC 9110, If-Match and If-None-Match): '' asks nothing, '*' is
-- any account, all else are tags. A tag is made of what is shown, so that it can't outlive it, also when the store has
-- gone back and come to the same number of changes another way. ledger/account-tag.ts makes the same.
-- Takes: journal, before, ifMatch, ifNoneMatch
-- Leaves: nothing
-- Answers: conflict
-- @include lib/account

if ifMatch ~= '' or ifNoneMatch ~= '' then
  local tag
  if before.kind then
    local shown = {}
    for position, field in ipairs(ACCOUNT_FIELDS) do shown[position] = before[field] end
    tag = string.sub(redis.sha1hex(table.concat(shown, SEPARATOR)), 1, TAG_LENGTH)
  end
  local isMatched = tag and (ifMatch == '*' or string.find(ifMatch, tag, 1, true))
  if ifMatch ~= '' and not isMatched then return reject('conflict', 'condition', markOfAccount(journal, before)) end
  if tag and (ifNoneMatch == '*' or string.find(ifNoneMatch, tag, 1, true)) then
    return reject('conflict', 'condition', markOfAccount(journal, before))
  end
end
