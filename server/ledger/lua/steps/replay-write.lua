-- Answers a write that comes again under its id as it was answered: the store's client sends it again after a
-- reconnect, an operator with the same Idempotency-Key. 'again' stands for 'done' then. The id with another content is a contradiction.
-- Takes: write, digest
-- Leaves: nothing
-- Answers: conflict
-- @include lib/reply

do
  local stored = redis.call('GET', write)
  if stored then
    local digestBefore, answerBefore = string.match(stored, '^([^\31]*)\31(.*)$')
    if digestBefore ~= digest then return reject('conflict', 'id') end
    return 'again' .. string.sub(answerBefore, #'done' + 1)
  end
end
