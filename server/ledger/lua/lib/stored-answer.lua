-- The form of an answer that an issuance keeps under its command's commandId, so that a repeat is answered alike: the
-- digest of the command's payload, the version of its event, and the code when the command was refused.
-- Formats and no functions, since a script makes its functions anew with each call.
local STORED_DONE = '%s %.0f'
local STORED_REFUSED = '%s %.0f %s'
local STORED_ANSWER = '^(%S+) (%d+) ?(%S*)$'
-- What the journal has of a command besides its event, so that the answer can be made anew from it: its commandId or
-- reference, and the digest of its payload. ledger/journal-entry.ts reads it.
local JOURNALED_COMMAND = '%s %s'
