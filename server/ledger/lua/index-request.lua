-- payer:request, before the issuance is made: the issuer's own index, where its partition may be on another server.
-- KEYS 1 request 2 open
-- ARGV 1 id 2 issuer 3 payer's partition
-- Answers: conflict
-- Effects: the issuer's index names the issuance; replies with the time of the entry, ms
-- @include steps/read-clock
-- @include lib/index-request

local indexedAt, refused = indexRequest(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
return refused or reply('done', indexedAt)
