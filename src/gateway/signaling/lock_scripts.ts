/**
 * Gives a connection that has just been made its fencing id, higher than any before it: it follows the server's clock
 * (µs), so that it goes on upward even after Redis has lost its data. KEYS: the user's lock, the fence counter.
 */
export const DRAW = `
local old = tonumber(redis.call('HGET', KEYS[1], 'fence') or '0')
local time = redis.call('TIME')
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
local fence = math.max(last + 1, old + 1, tonumber(time[1]) * 1000000 + tonumber(time[2]))
local text = string.format('%.0f', fence)
redis.call('SET', KEYS[2], text)
return text`;

/**
 * Takes, renews or takes back a user's lock. KEYS: the lock. ARGV: gateway, connection, TTL in ms, and the fencing id that
 * the connection has. Returns the fencing id, or "0" when a newer connection holds the lock. Whoever holds it keeps its
 * fencing id, so running it twice does no harm.
 */
export const TAKE = `
local held = redis.call('HMGET', KEYS[1], 'fence', 'gateway', 'conn')
local old = tonumber(held[1] or '0')
local fence = tonumber(ARGV[4])
if held[3] == ARGV[2] then fence = old end
if old > fence then return '0' end
local text = string.format('%.0f', fence)
redis.call('HSET', KEYS[1], 'fence', text, 'gateway', ARGV[1], 'conn', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if held[3] and held[3] ~= ARGV[2] then
  redis.call('PUBLISH', 'lock:superseded:' .. held[2], held[3])
end
return text`;

/** Gives the lock back, if its fencing id is still ours. KEYS: the lock. ARGV: the fencing id. */
export const RELEASE = `
if redis.call('HGET', KEYS[1], 'fence') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;
