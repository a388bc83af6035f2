-- Writes the event of a command that is allowed, and its answer. With event.code an account was refused.
-- Takes: now, key, deadlines, open, journal, id, wait, retention, issuance, commandId, answerField, payloadDigest, event
-- Leaves: line, stateBefore, set, code, version
-- @include lib/stored-answer

local set, code, version = event.set or {}, event.code, issuance.version + 1
set[#set + 1] = answerField
set[#set + 1] = code and string.format(STORED_REFUSED, payloadDigest, version, code)
  or string.format(STORED_DONE, payloadDigest, version)
event.set = set
event.journal = { 'command', string.format(JOURNALED_COMMAND, commandId, payloadDigest), unpack(event.journal or {}) }
-- @include steps/write-event
