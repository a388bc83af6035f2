-- Ends a write that has changed something: its answer is kept under its id, and given.
-- Takes: write, digest, answer
-- Leaves: nothing
-- @include lib/write

redis.call('SET', write, digest .. SEPARATOR .. answer, 'PX', REMEMBERED_MS)
return answer
