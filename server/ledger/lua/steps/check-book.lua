-- Checks that the partitions still are the hub's own book: a script that makes something out of nothing must not do so
-- in a partition that was emptied, or that is another book's.
-- Takes: books, bookId
-- Leaves: nothing
-- Answers: unavailable
-- @include lib/reply

for _, book in ipairs(books) do
  if redis.call('HGET', book, 'id') ~= bookId then return reject('unavailable', book) end
end
