/**
 * Scripts on KEYS: a room's event stream, a room's seats. ARGV begins with the event's method, its params (JSON),
 * how many events to keep, and the TTL of both keys in s.
 */
export const TELL = `
local function tell()
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'method', ARGV[1], 'params', ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
`;

/** ARGV 5: seat, 6: what to enter for it, 7: 1 to tell even if it was entered before. */
export const ANNOUNCE = `${TELL}
local fresh = redis.call('HSET', KEYS[2], ARGV[5], ARGV[6])
redis.call('EXPIRE', KEYS[2], ARGV[4])
if fresh == 1 or ARGV[7] == '1' then tell() end
return fresh`;

/**
 * KEYS 3: the seat's record, ARGV 5: seat, 6: 1 to strike it out whoever has it. Of all that strike the same seat out,
 * one tells. A seat that a gateway has, or had until a moment ago, is awaited: then the time (ms) after which to look
 * again is returned, else 0.
 */
export const RETIRE = `${TELL}
if ARGV[6] ~= '1' then
  local left = redis.call('PTTL', KEYS[3])
  if left > 0 then return left end
end
redis.call('DEL', KEYS[3])
if redis.call('HDEL', KEYS[2], ARGV[5]) == 1 then tell() end
return 0`;

export const PUBLISH = `${TELL}
tell()
return 1`;
