#!lua
-- Keeps a record unless there is one, and the key where scans find it in order.
--
-- KEYS  1 values, a hash  2 keys, a zset of equal scores
-- ARGV  1 key  2 value
-- -> the value it had, or nothing
local had = redis.call('HGET', KEYS[1], ARGV[1])
if had then return had end
local kind = redis.call('TYPE', KEYS[2]).ok
if kind ~= 'zset' and kind ~= 'none' then
  return redis.error_reply('WRONGTYPE a key of Baton holds a value of another kind')
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return false
