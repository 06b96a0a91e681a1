#!lua flags=no-writes
-- Records of a kind in key order.
--
-- KEYS  1 values  2 keys
-- ARGV  1 `-` or `(key` to go on after  2 at most so many
-- -> {key, value, key, value, ...}
local found = {}
for _, key in ipairs(redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], '+', 'LIMIT', 0, ARGV[2])) do
  local value = redis.call('HGET', KEYS[1], key)
  if value then
    found[#found + 1] = key
    found[#found + 1] = value
  end
end
return found
