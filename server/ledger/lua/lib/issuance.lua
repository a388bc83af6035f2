-- The record of an issuance is one hash, all of whose forms ledger/record.ts knows too:
--   o        the offer, which never changes, and the salt of the digests, which no terminal is told (lib/digest)
--   s        how it stands, which each event writes anew
--   a        refused accounts so far, and the account that stands; absent before the first is sent
--   q        what a fence, or an operator's decision about one, says
--   d        the claims that an operator has decided about, the newest first (lib/decided)
--   1, 2 …   the log: each event under its version
--   i:…, p:… the answers to the issuer's and the payer's commands, by their commandId (lib/stored-answer)
-- A field for each value would take more time with every command, and more room.
-- @include lib/fence
-- @include lib/number
-- @include lib/reply

-- The issuance, or nil when there is none; after it the values of more fields.
local function loadIssuance(key, ...)
  local offer, standing, account, fence, first, second = unpack(redis.call('HMGET', key, 'o', 's', 'a', 'q', ...))
  if not offer then return nil end
  local issuer, payer, amount, currency, memo, review, _, indexedAt = string.match(offer,
    '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31')
  local version, state, digest, deadline, changes, kind, last4 = string.match(standing,
    '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31')
  local issuance = {
    offer = offer, issuer = issuer, payer = payer, amount = amount, currency = currency, memo = memo,
    review = review, indexedAt = indexedAt,
    standing = standing, version = tonumber(version), state = state, digest = digest,
    deadline = tonumber(deadline), changes = changes, kind = kind, last4 = last4,
    fence = fence, refusals = 0,
  }
  if account then
    local refusals, number, name = string.match(account, '^(%d+)\31([^\31]*)\31(.*)$')
    issuance.refusals = tonumber(refusals)
    if number ~= '' then issuance.number, issuance.name = number, name end
  end
  return issuance, first, second
end

-- Packs how the issuance stands, and keeps the text in it.
local function packStanding(issuance, endedAt)
  local deadline = issuance.deadline and integer(issuance.deadline) or ''
  issuance.standing = reply(integer(issuance.version), issuance.state, issuance.digest, deadline,
    issuance.changes, issuance.kind, issuance.last4, endedAt)
  return issuance.standing
end
