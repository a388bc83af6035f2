-- Closes the case of what a terminal was told of and the store does not have, and answers; a repeat is answered alike.
-- waiting, shownBy, shown, shownDigest: what is kept of it (lib/missing). resumed: the journal's word for the decision.
-- Takes: now, id, journal, fences, missing, keptFor, waiting, shownBy, shown, shownDigest, resumed, write
-- Leaves: nothing
-- @include lib/number
-- @include lib/reply
-- @include lib/write

if waiting == 'open' then
  local decided = table.concat({ 'decided', shownBy, shown, shownDigest, integer(now) }, '|')
  redis.call('SET', missing, decided, 'PX', keptFor)
  redis.call('ZREM', fences, id)
  redis.call('XADD', journal, '*', 'id', id, 'event', resumed, 'version', shown, 'stored', '0', 'at', integer(now),
    'intent', idOfWrite(write))
end
return reply('missing', shownBy)
