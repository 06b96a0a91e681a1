#!lua flags=no-writes
-- Rows of one partition, newest first, found by walking one index backwards.
--
-- The members of KEYS[1] are ordered by their text:
--   a \t created \t saga              every saga
--   s \t status \t created \t saga    by status
--   w \t workflow \t created \t saga  by workflow
--   h \t created \t saga              with open dead letters
-- with `created` in fourteen digits. One is walked, the other wishes are looked up in the row.
--
-- KEYS  1 list  2 rows
-- ARGV  1 held: '1' or ''  2 status or ''  3 workflow or ''  4 `created \t saga` to go on after, or ''
--       5 at most so many
-- -> {where to go on, or '' at the end; saga, row, saga, row, ...}
local WALK = 1000

local function narrowest()
  if ARGV[1] == '1' then return 'h\t' end
  local best, fewest = 'a\t', nil
  for i, mark in pairs({[2] = 's\t', [3] = 'w\t'}) do
    if ARGV[i] ~= '' then
      local prefix = mark .. ARGV[i] .. '\t'
      local count = redis.call('ZLEXCOUNT', KEYS[1], '[' .. prefix, '(' .. prefix .. ':')
      if not fewest or count < fewest then best, fewest = prefix, count end
    end
  end
  return best
end
-- `:` follows the digits, so that it stands behind every `created`.
local prefix = narrowest()
local from = '(' .. prefix .. (ARGV[4] == '' and ':' or ARGV[4])
local want = tonumber(ARGV[5])
local found, last = {''}, ''
local members = redis.call('ZREVRANGEBYLEX', KEYS[1], from, '[' .. prefix, 'LIMIT', 0, WALK)
for i, member in ipairs(members) do
  last = string.sub(member, #prefix + 1)
  local saga = string.sub(last, string.find(last, '\t', 1, true) + 1)
  local row = redis.call('HGET', KEYS[2], saga)
  if row then
    local status, workflow = string.match(row, '^%d+\n([^\n]*)\n%d\n([^\n]*)\n')
    if (ARGV[2] == '' or status == ARGV[2]) and (ARGV[3] == '' or workflow == ARGV[3]) then
      found[#found + 1] = saga
      found[#found + 1] = row
    end
  end
  if #found > 2 * want then
    if i < #members or #members == WALK then found[1] = last end
    return found
  end
end
if #members == WALK then found[1] = last end
return found
