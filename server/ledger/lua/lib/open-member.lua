-- The form of a member of an index of open issuances: party, time of its entry in ms, id. keys.ts has it too.
local OPEN_MEMBER = '%s:%s:%s'
