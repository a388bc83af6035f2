-- payer:request, before the issuance is made: the issuer's own index, where its partition may be on another server.
-- KEYS 1 request 2 open 3 requested 4 book
-- ARGV 1 id 2 issuer 3 payer's partition 4 the book's id 5 OPEN_PER_ISSUER
-- Answers: unavailable, conflict
-- Effects: the issuer's index names the issuance, unless it has ended, or is new and there is no room for it
-- Effects: replies with the time of the entry in ms, and new, known, ended or full
-- @include steps/read-clock
-- @include lib/number
-- @include lib/index-request

local request, open, requested = KEYS[1], KEYS[2], KEYS[3]
local id, issuer, partition = ARGV[1], ARGV[2], ARGV[3]
local books, bookId = { KEYS[4] }, ARGV[4]
local mostPerIssuer = tonumber(ARGV[5])
-- @include steps/check-book

local indexedAt, hasEnded, refused = findRequest(request, partition)
if refused then return refused end
if hasEnded then return reply('done', indexedAt, 'ended') end
-- Whether it repeats one that was made before, only the payer's partition knows.
if not indexedAt and countRequested(requested, issuer) >= mostPerIssuer then return reply('done', integer(now), 'full') end

local known = indexedAt and 'known' or 'new'
indexedAt = indexedAt or integer(now)
-- An entry that was lost or pruned meanwhile is there again before the issuance is.
writeRequest(request, open, requested, id, issuer, partition, indexedAt)
return reply('done', indexedAt, known)
