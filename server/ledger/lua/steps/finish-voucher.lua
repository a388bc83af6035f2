-- Ends a command on a voucher that is allowed: writes its event and its answer.
-- Takes: now, key, deadlines, journal, id, voucher, answerField, payloadDigest, event
-- Leaves: line
-- @include lib/stored-answer

event.set = event.set or {}
event.set[#event.set + 1] = answerField
event.set[#event.set + 1] = string.format(STORED_DONE, payloadDigest, voucher.version + 1)
event.journal = { 'command', string.format(JOURNALED_COMMAND, string.sub(answerField, 3), payloadDigest),
  unpack(event.journal or {}) }
-- @include steps/write-voucher-event
