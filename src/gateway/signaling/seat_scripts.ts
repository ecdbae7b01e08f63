import { TELL } from "./room_scripts.ts";

/**
 * Keeps a seat's record, unless a gateway with a higher fence has it. KEYS: the record, the room's seats. ARGV: fence,
 * gateway, record (JSON), TTL of the record in ms, seat, what to enter for it in the room's seats (empty: nothing), and
 * their TTL in s. Returns 1, or 0 when the seat is another gateway's.
 */
export const PUT = `
if tonumber(redis.call('HGET', KEYS[1], 'fence') or '0') > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'gateway', ARGV[2], 'record', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if ARGV[6] ~= '' and redis.call('HSETNX', KEYS[2], ARGV[5], ARGV[6]) == 1 then
  redis.call('EXPIRE', KEYS[2], ARGV[7])
end
return 1`;

/**
 * Takes a seat over. KEYS: the record. ARGV: the fence that was read, gateway, TTL in ms, seat, how. Tells the gateway
 * that had it. Returns the new fence, or 0 when the seat is not what was read any more.
 */
export const CLAIM = `
local held = redis.call('HMGET', KEYS[1], 'fence', 'gateway')
if held[1] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'fence', ARGV[1] + 1, 'gateway', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if held[2] ~= ARGV[2] then
  redis.call('PUBLISH', 'seats:claimed:' .. held[2], ARGV[5] .. ' ' .. (ARGV[1] + 1) .. ' ' .. ARGV[4])
end
return ARGV[1] + 1`;

/**
 * Gives a seat up, unless a gateway with a higher fence has it. KEYS: the room's events, its seats, the record. ARGV as
 * for telling `left`, then 5: seat, 6: fence. Returns 1, or 0 when the seat is another gateway's.
 */
export const END = `${TELL}
if tonumber(redis.call('HGET', KEYS[3], 'fence') or '0') > tonumber(ARGV[6]) then return 0 end
redis.call('DEL', KEYS[3])
strike(ARGV[5])
return 1`;
