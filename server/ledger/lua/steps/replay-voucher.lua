-- Answers a repeat from the log: the hub folds the events up to the version of the first answer.
-- Takes: key, voucher, storedAnswer, payloadDigest
-- Leaves: nothing
-- Answers: conflict
-- @include lib/stored-answer
-- @include lib/voucher
-- @include lib/log

if storedAnswer then
  local digest, version = string.match(storedAnswer, STORED_ANSWER)
  if digest ~= payloadDigest then return reject('conflict', 'commandId') end
  local isNewest = tonumber(version) == voucher.version
  return reply('again', isNewest and 'newest' or '', voucher.offer, eventsOf(key, 0, tonumber(version)))
end
