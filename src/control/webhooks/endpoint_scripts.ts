/**
 * KEYS: the endpoint, all endpoints, those of its owner, those for all rooms. ARGV: JSON, id, when it was made, scope, and
 * how many its owner may have (empty: no limit). Returns 0 when that is too many.
 */
export const ADD_ENDPOINT = `
local limit = tonumber(ARGV[5])
if limit and redis.call('ZCARD', KEYS[3]) >= limit then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
if ARGV[4] == 'site' then redis.call('SADD', KEYS[4], ARGV[2]) end
return 1`;

/**
 * KEYS: the endpoint. ARGV: JSON as it was read, JSON now, id, 1 if it is enabled: then its failures so far count no more.
 * Returns 0 when it has changed since.
 */
export const CHANGE_ENDPOINT = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
if ARGV[4] == '1' then
  redis.call('HDEL', 'webhooks:state:' .. ARGV[3], 'failures', 'failingSince', 'restUntil')
  redis.call('ZADD', 'webhooks:agenda', 0, ARGV[3])
else
  redis.call('ZREM', 'webhooks:agenda', ARGV[3])
end
return 1`;

/**
 * KEYS as of {@link ADD_ENDPOINT}. ARGV: id. What waits for it goes too, also each room's line: one in the
 * configuration may come back under the same id. Deliveries that are over run out.
 */
export const REMOVE_ENDPOINT = `
for _, member in ipairs(redis.call('ZRANGE', 'webhooks:due:' .. ARGV[1], 0, -1)) do
  if string.sub(member, 1, 2) == 'r:' then
    redis.call('DEL', 'webhooks:line:' .. ARGV[1] .. ':' .. string.sub(member, 3))
  end
end
for _, delivery in ipairs(redis.call('ZRANGE', 'webhooks:pending:' .. ARGV[1], 0, -1)) do
  redis.call('DEL', 'webhooks:delivery:' .. delivery)
end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('SREM', KEYS[4], ARGV[1])
redis.call('ZREM', 'webhooks:agenda', ARGV[1])
for _, name in ipairs({'state', 'pending', 'log', 'due', 'flight'}) do
  redis.call('DEL', 'webhooks:' .. name .. ':' .. ARGV[1])
end
return 1`;
