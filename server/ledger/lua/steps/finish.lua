-- Ends a command that is allowed: writes its event and its answer, and replies with both. With event.code an account
-- was refused.
-- Takes: now, key, deadlines, open, journal, id, wait, retention, issuance, answerField, payloadDigest, event
-- Leaves: nothing
-- @include lib/stored-answer
-- @include lib/reply

local set, code, version = event.set or {}, event.code, issuance.version + 1
set[#set + 1] = answerField
set[#set + 1] = code and string.format(STORED_REFUSED, payloadDigest, version, code)
  or string.format(STORED_DONE, payloadDigest, version)
event.set = set
-- @include steps/write-event
return reply(code and 'refused' or 'done', line, code or '', stateBefore, issuance.offer, issuance.standing)
