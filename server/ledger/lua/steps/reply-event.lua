-- Replies with the event that was written, and how the issuance stands.
-- Takes: issuance, line, code, stateBefore
-- Leaves: nothing
-- @include lib/reply

return reply(code and 'refused' or 'done', line, code or '', stateBefore, issuance.offer, issuance.standing)
