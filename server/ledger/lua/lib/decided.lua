-- The form of the claims that an operator has decided about, so that a terminal that repeats one fences nothing again:
-- for each its version and digest between blanks. Remembered by the version alone, an event of a later past under the
-- same version would be lost unnoticed.
local DECIDED_CLAIM = ' %s:%s '
-- So many characters are kept: some twenty claims. One that is older fences once more.
local DECIDED_LENGTH = 320
