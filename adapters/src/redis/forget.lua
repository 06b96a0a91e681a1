#!lua flags=allow-oom
-- Removes a saga and all that was found by it. Only makes room: allowed when there is none.
--
-- KEYS  1 journal  2 rows  3 list  4 due
-- ARGV  1 saga
local saga = ARGV[1]
local row = redis.call('HGET', KEYS[2], saga)
if row then
  local created, status, _, workflow = string.match(row, '^(%d+)\n([^\n]*)\n(%d)\n([^\n]*)\n')
  if created then
    local tail = '\t' .. created .. '\t' .. saga
    redis.call('ZREM', KEYS[3], 'a' .. tail, 'h' .. tail, 's\t' .. status .. tail, 'w\t' .. workflow .. tail)
  end
end
redis.call('DEL', KEYS[1])
redis.call('HDEL', KEYS[2], saga)
redis.call('ZREM', KEYS[4], 't|' .. saga, 'd|' .. saga, 'x|' .. saga)
return 1
