#!lua
-- Claims due times: they are moved to a later score, never taken out, so that none is lost with the
-- claimer.
--
-- KEYS  1 due
-- ARGV  1 now  2 until, both unix ms  3 at most so many
-- -> members
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
if #due > 0 then
  local moved = {}
  for i, member in ipairs(due) do
    moved[2 * i - 1] = ARGV[2]
    moved[2 * i] = member
  end
  redis.call('ZADD', KEYS[1], 'XX', unpack(moved))
end
return due
