-- The drawings that wait for the approver, as one text: each `id|amount|at|deadline|until|final|number|holder`, parted
-- by \30. The deadline is what its parties were told, until is when silence honours it, which is later where no hub
-- was there (steps/note-outage), or the voucher was fenced. All times in ms.
local WAITING = '%s|%s|%s|%s|%s|%s|%s|%s'
local WAITING_PARTS = '^(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(f?)|([^|]*)|(.*)$'
