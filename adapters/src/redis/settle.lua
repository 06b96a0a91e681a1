#!lua
-- Notes what became of due times, unless the saga has moved on.
--
-- KEYS  1 journal  2 due
-- ARGV  1 saga  2 the head it had  3 duty, 4 timer: a score, '' = none, '=' = as it was
-- -> 1 done, 0 the saga has moved on
if redis.call('GETRANGE', KEYS[1], 0, 31) ~= ARGV[2] then return 0 end
for i, mark in ipairs({'d|', 't|'}) do
  local at = ARGV[2 + i]
  if at == '' then
    redis.call('ZREM', KEYS[2], mark .. ARGV[1])
  elseif at ~= '=' then
    redis.call('ZADD', KEYS[2], at, mark .. ARGV[1])
  end
end
return 1
