-- How a command that is allowed ends: its event and its answer are written, and are the reply. The answer is the digest
-- of the payload, the version of the event, and event.code when an account was refused.
local set, code = event.set or {}, event.code
set[#set + 1] = memory
set[#set + 1] = payload .. ' ' .. integer(issuance.version + 1) .. (code and (' ' .. code) or '')
event.set = set
-- @include commit
return reply(code and 'refused' or 'done', line, code or '', issuance.offer, issuance.standing)
