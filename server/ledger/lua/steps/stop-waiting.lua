-- A drawing of the partition waits no longer: when it was the last, nobody need note when hubs were away.
-- Takes: silence
-- Leaves: nothing

if redis.call('HINCRBY', silence, 'waiting', -1) <= 0 then redis.call('DEL', silence) end
