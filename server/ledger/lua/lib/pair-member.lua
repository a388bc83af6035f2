-- The form of a member of an index by pairs of parties, so that what one has of another can be counted: whom it concerns, who
-- caused it, id. keys.ts has it too.
local PAIR_MEMBER = '%s:%s:%s'
