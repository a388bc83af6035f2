-- payer:request: the issuer asks a party to be payer; to oneself it starts in agreed (claims 2 and 7).
-- KEYS 1 issuance 2 deadlines 3 open 4 journal
-- KEYS 5 book
-- KEYS 6 request, in the issuer's partition 7 open, in the issuer's partition 8 book, in the issuer's partition
-- ARGV 1 id 2 party 3 commandId 4 digest of the payload 5 ifVersion or '' 6 seen, a version, or ''
-- ARGV 7 digest of seen or '' 8 wait, ms 9 retention, ms
-- ARGV 10 payer 11 amount, minor units 12 currency 13 memo or '' 14 review 15 respondWithin, ms
-- ARGV 16 payer's partition 17 beneficiary, or '' when it is the issuer 18 validFor, seconds 19 approval or ''
-- ARGV 20 indexedAt, ms, when index-request was run before, or ''; then there are five KEYS
-- ARGV 21 what index-request found, or '' 22 salt of the digests, used when the issuance is made now 23 the book's id
-- Answers: unavailable, conflict
-- Effects: payer.requested, now proposed or agreed
-- @rule payer:request
-- @include steps/read-command
-- @include lib/amount
-- @include lib/index-request
-- @include lib/open-member

local payer, amount, currency, memo, review = ARGV[10], ARGV[11], ARGV[12], ARGV[13], ARGV[14]
local respondWithin, partition, beneficiary, validFor, approval = ARGV[15], ARGV[16], ARGV[17], ARGV[18], ARGV[19]
local indexedAt, indexed, salt = ARGV[20], ARGV[21], ARGV[22]
local request, issuersOpen = KEYS[6], KEYS[7]
local books, bookId = { KEYS[5], KEYS[8] }, ARGV[23]
-- @include steps/check-book

local isIndexed, hasEnded = indexedAt ~= '', indexed == 'ended'
if not isIndexed then
  local refused
  indexedAt, hasEnded, refused = findRequest(request, partition)
  if refused then return refused end
  indexedAt = indexedAt or integer(now)
end

-- Whoever has an issuance of this id already has used the commandId for it.
if issuance and not (storedAnswer and party == issuance.issuer) then return reject('conflict', 'commandId') end
-- @include steps/replay
-- What it made has left the store: the commandId makes no second one.
if hasEnded then return reject('conflict', 'commandId') end
local wrong = misfit('amount', amount, 1, MAX_AMOUNT)
if wrong then return wrong end

local state = payer == party and 'agreed' or 'proposed'
if state == 'proposed' then wait = respondWithin end
issuance = {
  offer = reply(party, payer, amount, currency, memo, review, integer(now), indexedAt, beneficiary, validFor,
    approval, salt),
  issuer = party, payer = payer, indexedAt = indexedAt,
  -- The first event's digest follows this one.
  version = 0, digest = '000000000000', changes = '0', kind = '', last4 = '',
}
if not isIndexed then writeRequest(request, issuersOpen, id, party, partition, indexedAt) end
redis.call('ZADD', open, 0, string.format(OPEN_MEMBER, payer, indexedAt, id))
local event = {
  type = 'payer.requested',
  by = 'issuer',
  state = state,
  set = { 'o', issuance.offer },
  -- Without the times that the event's own says.
  journal = {
    'offer', reply(party, payer, amount, currency, memo, review, '', indexedAt ~= integer(now) and indexedAt or '',
      beneficiary, validFor, approval, salt),
  },
}
-- @include steps/finish
