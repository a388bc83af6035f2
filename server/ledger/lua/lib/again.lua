-- A repeat is answered from the log: the hub folds the events up to the version of the first answer.
if stored then
  local digest, version, code = string.match(stored, '^(%S+) (%d+) ?(%S*)$')
  if digest ~= payload then return refuse('conflict', 'commandId') end
  return reply('again', version, code, issuance.offer, issuance.standing, eventsOf(key, 0, tonumber(version)))
end
