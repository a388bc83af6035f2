-- How every command on an issuance begins: its inputs, and what is there. This, and what is included further on, is text
-- of the script and no function, since making twenty functions for each command took a tenth of its time.
-- @include issuance
-- @include log

local key, deadlines, open, journal = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, party, commandId, payload, ifVersion = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local wait, retention = ARGV[6], ARGV[7]

-- Two parties may well choose the same commandId; each has its own answer.
local asIssuer, asPayer = 'i:' .. commandId, 'p:' .. commandId
local issuance, issuers, payers = load(key, asIssuer, asPayer)
local memory, stored = asPayer, payers
if not issuance or party == issuance.issuer then memory, stored = asIssuer, issuers end
