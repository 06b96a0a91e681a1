#!lua
-- One transition of one saga. Everything is checked before the first write: scripts do not roll
-- back, and the first line makes a full Redis refuse the script as a whole.
--
-- KEYS  1 journal   string: seq (16 hex), txid (16 hex), then the events end to end
--       2 rows      hash saga -> created \n status \n held \n workflow \n the row as JSON
--       3 list      zset of equal scores, see list.lua
--       4 due       zset: t|saga timer, d|saga duty, x|saga expiry; score = unix ms
-- ARGV  1 saga  2 expected head, '' = no saga  3 txid (16 hex)  4 events  5 their count  6 row
--       7 timer, 8 duty, 9 expiry: a score, '' = none, '=' = as it was
-- -> {1, head} written now or by this very call before; {0, head} somebody else moved it on;
--    {-1, head} it is damaged

-- Journal and rows are read first, which fails where they are of another kind.
local function must_be_zset(key)
  local found = redis.call('TYPE', key).ok
  return found == 'zset' or found == 'none'
end

local saga = ARGV[1]
local head = redis.call('GETRANGE', KEYS[1], 0, 31)
local old = redis.call('HGET', KEYS[2], saga)
local seq = 0
if head ~= '' then
  seq = tonumber(string.sub(head, 1, 16), 16)
  if #head ~= 32 or not seq then return {-1, head} end
  if string.sub(head, 17) == ARGV[3] then return {1, head} end
end
if head ~= ARGV[2] then return {0, head} end

-- What the list is ordered by; it rarely changes.
local function listed(row)
  return row and string.match(row, '^%d+\n[^\n]*\n%d\n[^\n]*\n') or ''
end
local function entries(lines)
  local created, status, held, workflow = string.match(lines, '^(%d+)\n([^\n]*)\n(%d)\n([^\n]*)\n')
  if not created then return {} end
  local tail = '\t' .. created .. '\t' .. saga
  local all = {'a' .. tail, 's\t' .. status .. tail, 'w\t' .. workflow .. tail}
  if held == '1' then all[4] = 'h' .. tail end
  return all
end
local before, after = listed(old), listed(ARGV[6])
if not must_be_zset(KEYS[4]) or before ~= after and not must_be_zset(KEYS[3]) then
  return redis.error_reply('WRONGTYPE a key of Baton holds a value of another kind')
end

seq = seq + tonumber(ARGV[5])
head = string.format('%016x', seq) .. ARGV[3]
if ARGV[2] == '' then
  redis.call('SET', KEYS[1], head .. ARGV[4])
else
  redis.call('SETRANGE', KEYS[1], 0, head)
  redis.call('APPEND', KEYS[1], ARGV[4])
end
redis.call('HSET', KEYS[2], saga, ARGV[6])
if before ~= after then
  local kept = {}
  for _, entry in ipairs(entries(after)) do kept[entry] = true end
  for _, entry in ipairs(entries(before)) do
    if kept[entry] then kept[entry] = nil else redis.call('ZREM', KEYS[3], entry) end
  end
  for entry in pairs(kept) do redis.call('ZADD', KEYS[3], 0, entry) end
end
local set, gone = {}, {}
for i, mark in ipairs({'t|', 'd|', 'x|'}) do
  local at = ARGV[6 + i]
  if at == '' then
    gone[#gone + 1] = mark .. saga
  elseif at ~= '=' then
    set[#set + 1] = at
    set[#set + 1] = mark .. saga
  end
end
if set[1] then redis.call('ZADD', KEYS[4], unpack(set)) end
if gone[1] then redis.call('ZREM', KEYS[4], unpack(gone)) end
return {1, head}
