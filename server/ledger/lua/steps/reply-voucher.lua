-- Replies with the voucher after an event: whether time has something to bring about at once, its terms, and its log.
-- Takes: now, key, voucher
-- Leaves: nothing
-- @include lib/log
-- @include lib/reply

local isDue = voucher.nextAt and now >= voucher.nextAt
return reply('done', isDue and 'due' or '', voucher.offer, eventsOf(key, 0, voucher.version))
