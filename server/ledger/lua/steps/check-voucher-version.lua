-- Checks ifVersion: the last of the checks that all commands on a voucher share.
-- Takes: ifVersion, voucher
-- Leaves: nothing
-- Answers: conflict
-- @include lib/voucher

if ifVersion ~= '' and tonumber(ifVersion) ~= voucher.version then
  return reject('conflict', integer(voucher.version))
end
