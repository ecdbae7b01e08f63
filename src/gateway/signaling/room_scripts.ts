import { MEMBER_FEED_LENGTH } from "../../contracts/member_feed.ts";

/**
 * Scripts on KEYS: a room's event stream, a room's seats, and last the feed of all rooms' members. ARGV begins with the
 * event's method, its params (JSON), how many events to keep, and the TTL of the room's keys in s; last is the room.
 */
export const TELL = `
local function tell()
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'method', ARGV[1], 'params', ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
  return id
end
local function feed(event, seat, entry)
  redis.call('XADD', KEYS[#KEYS], 'MAXLEN', '~', ${MEMBER_FEED_LENGTH}, '*',
    'room', ARGV[#ARGV], 'method', ARGV[1], 'event', event, 'seat', seat, 'entry', entry)
end
local function strike(seat)
  local entry = redis.call('HGET', KEYS[2], seat)
  if entry and redis.call('HDEL', KEYS[2], seat) == 1 then feed(tell(), seat, entry) end
end
`;

/** ARGV 5: seat, 6: what to enter for it, 7: 1 to tell even if it was entered before. */
export const ANNOUNCE = `${TELL}
local fresh = redis.call('HSET', KEYS[2], ARGV[5], ARGV[6])
redis.call('EXPIRE', KEYS[2], ARGV[4])
if fresh == 1 then feed(tell(), ARGV[5], ARGV[6]) elseif ARGV[7] == '1' then tell() end
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
strike(ARGV[5])
return 0`;

export const PUBLISH = `${TELL}
tell()
return 1`;
