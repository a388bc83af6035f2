-- Rights: which commands the user of this connection may not send. None of them is carried out.
-- ARGV 1 commands
-- Effects: none
-- @include lib/reply

local commands = ARGV[1]

local refused = {}
for command in string.gmatch(commands, '[^\n]+') do
  local words = {}
  for word in string.gmatch(command, '%S+') do words[#words + 1] = word end
  -- A command that the server does not know is no right that could be lacking.
  local known, allowed = pcall(redis.acl_check_cmd, unpack(words))
  if known and not allowed then refused[#refused + 1] = command end
end
return reply('done', unpack(refused))
