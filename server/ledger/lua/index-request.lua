-- payer:request, before the issuance is made: the issuer's own index, where its partition may be on another server.
-- KEYS 1 request 2 open 3 book
-- ARGV 1 id 2 issuer 3 payer's partition 4 the book's id
-- Answers: unavailable, conflict
-- Effects: the issuer's index names the issuance, unless it has ended; replies with the time of the entry in ms, and new, known or ended
-- @include steps/read-clock
-- @include lib/number
-- @include lib/index-request

local request, open = KEYS[1], KEYS[2]
local id, issuer, partition = ARGV[1], ARGV[2], ARGV[3]
local books, bookId = { KEYS[3] }, ARGV[4]
-- @include steps/check-book

local indexedAt, hasEnded, refused = findRequest(request, partition)
if refused then return refused end
if hasEnded then return reply('done', indexedAt, 'ended') end

local known = indexedAt and 'known' or 'new'
indexedAt = indexedAt or integer(now)
-- An entry that was lost or pruned meanwhile is there again before the issuance is.
writeRequest(request, open, id, issuer, partition, indexedAt)
return reply('done', indexedAt, known)
