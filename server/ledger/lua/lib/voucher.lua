-- The record of a voucher is one hash, all of whose forms ledger/voucher-record.ts knows too:
--   o        the terms, which never change, and the salt of the digests (lib/digest)
--   s        how it stands, which each event writes anew
--   w        the drawings that wait, the oldest first (lib/waiting-form)
--   q        what a fence says; absent while there is none
--   t        times in which it was fenced while drawings waited (lib/outage); absent before
--   d        the claims that an operator has decided about, the newest first (lib/decided)
--   1, 2 …   the log: each event under its version
--   z:…      the settlement of a drawing, by the version of the event that honoured it (lib/settlement)
--   k:…      what a party's terminal has shown that the store does not have; it stops that party alone
--   b:…, p:…, i:…, o:… the answers to the beneficiary's, the payer's, the issuer's and the operators' commands, by
--            their commandId or reference (lib/stored-answer)
-- @include lib/expiring
-- @include lib/number
-- @include lib/reply
-- @include lib/waiting-form

-- The voucher, or nil when there is none; after it the values of more fields.
local function loadVoucher(key, ...)
  local values = redis.call('HMGET', key, 'o', 's', 'w', 'q', ...)
  local terms, standing, waiting, fence = unpack(values, 1, 4)
  if not terms then return nil end
  local issuer, payer, beneficiary, amount, currency, approver, within, issuedAt, expiresAt, number, kind =
    string.match(terms, '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31[^\31]*\31(%a*):?(%d*)\31'
      .. '([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31')
  local version, state, digest, honoured, released, pending, remaining, drawn, final, expiring, nextAt =
    string.match(standing, '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31'
      .. '([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)$')
  return {
    offer = terms, issuer = issuer, payer = payer, beneficiary = beneficiary, amount = tonumber(amount),
    currency = currency, approver = approver, within = tonumber(within), issuedAt = tonumber(issuedAt),
    expiresAt = tonumber(expiresAt), number = number, kind = kind,
    version = tonumber(version), state = state, digest = digest, honoured = tonumber(honoured),
    released = tonumber(released), pending = tonumber(pending), remaining = tonumber(remaining),
    drawn = tonumber(drawn), isFinal = final ~= '', isExpiring = expiring ~= '', nextAt = tonumber(nextAt),
    waiting = waiting or '', fence = fence,
  }, unpack(values, 5)
end

-- The first of a party's roles, in the order in which it acts; nil where the voucher is not its own.
local function roleOf(voucher, party)
  for _, role in ipairs(VOUCHER_ROLES) do
    if voucher[role] == party then return role end
  end
end

-- When time will next bring something about, ms; nil when it never will.
local function nextOf(voucher)
  if VOUCHER_ENDS[voucher.state] then return nil end
  local next = voucher.pending == 0 and voucher.expiresAt or nil
  for entry in string.gmatch(voucher.waiting, '[^\30]+') do
    local _, _, _, _, till = string.match(entry, WAITING_PARTS)
    if not next or tonumber(till) < next then next = tonumber(till) end
  end
  if not voucher.isExpiring and voucher.remaining > 0 then
    local warning = expiringAt(voucher.issuedAt, voucher.expiresAt)
    if not next or warning < next then next = warning end
  end
  return next
end

-- How it stands, as the record keeps it.
local function packVoucher(voucher)
  return reply(integer(voucher.version), voucher.state, voucher.digest, integer(voucher.honoured),
    integer(voucher.released), integer(voucher.pending), integer(voucher.remaining), integer(voucher.drawn),
    voucher.isFinal and 'f' or '', voucher.isExpiring and 'e' or '',
    voucher.nextAt and integer(voucher.nextAt) or '')
end
