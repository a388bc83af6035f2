-- Answers a repeat from the log: the hub folds the events up to the version of the first answer.
-- Takes: key, issuance, storedAnswer, payloadDigest
-- Leaves: nothing
-- Answers: conflict
-- @include lib/stored-answer
-- @include lib/reply
-- @include lib/log
-- @include lib/shown-event

if storedAnswer then
  local digest, version, code = string.match(storedAnswer, STORED_ANSWER)
  if digest ~= payloadDigest then
    return reject('conflict', 'commandId', issuance.state == 'issued' and string.format(SHOWN_EVENT, issuance.version, issuance.digest) or nil)
  end
  return reply('replay', version, code, issuance.offer, issuance.standing, eventsOf(key, 0, tonumber(version)))
end
