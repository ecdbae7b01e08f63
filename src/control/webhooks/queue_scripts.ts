/** What an endpoint's queue may hold, and for how long it is kept. */
export const QUEUE_LIMITS = {
  /** More waiting deliveries than this, and the oldest is dropped. */
  waiting: 1000,
  /** Finished deliveries that can be looked up. */
  logged: 1000,
  /** How long (s) they can. */
  loggedS: 7 * 24 * 3600,
  /** How long (s) one that waits is kept, also at an endpoint that is switched off. */
  waitingS: 30 * 24 * 3600,
  /** How long (s) it is known that an event was told. */
  seenS: 7 * 24 * 3600,
  /** How long (s) it is known what a deleted room was. */
  goneS: 3600,
} as const;

/** So many failures in a row, and an endpoint is asked less often, one try at a time. */
const FAILURES_IN_A_ROW = 5;
/** No such pause (ms) is longer. */
const MAX_REST_MS = 60_000;

const PRELUDE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function key(name, id) return 'webhooks:' .. name .. ':' .. id end

-- The endpoint has something to do when its first delivery is due.
local function plan(endpoint)
  local first = redis.call('ZRANGE', key('due', endpoint), 0, 0, 'WITHSCORES')
  if first[2] == nil then return redis.call('ZREM', 'webhooks:agenda', endpoint) end
  local rest = tonumber(redis.call('HGET', key('state', endpoint), 'restUntil') or 0)
  redis.call('ZADD', 'webhooks:agenda', math.max(rest, tonumber(first[2])), endpoint)
end

-- The room's line goes on with whoever is first in it now.
local function advance(endpoint, room)
  local member = 'r:' .. room
  if redis.call('EXISTS', key('line', endpoint .. ':' .. room)) == 1 then
    redis.call('ZADD', key('due', endpoint), now, member)
  else
    redis.call('ZREM', key('due', endpoint), member)
  end
end

-- Takes a delivery out of where it waits to be tried.
local function unqueue(endpoint, room, delivery)
  if redis.call('ZREM', key('due', endpoint), 'd:' .. delivery) == 1 or room == '' then return end
  local line = key('line', endpoint .. ':' .. room)
  local isFirst = redis.call('LINDEX', line, 0) == delivery
  redis.call('LREM', line, 1, delivery)
  if isFirst then advance(endpoint, room) end
end

local function close(endpoint, delivery, status)
  local record, pending = key('delivery', delivery), key('pending', endpoint)
  local place = redis.call('ZSCORE', pending, delivery)
  redis.call('ZREM', pending, delivery)
  -- One that has run out must not come back as half a record, which would never run out.
  if redis.call('EXISTS', record) == 0 then return end
  redis.call('HSET', record, 'status', status)
  redis.call('HDEL', record, 'claim', 'nextAt')
  redis.call('EXPIRE', record, ${QUEUE_LIMITS.loggedS})
  if not place then return end
  local log = key('log', endpoint)
  redis.call('ZADD', log, place, delivery)
  redis.call('ZREMRANGEBYSCORE', log, '-inf', now - ${QUEUE_LIMITS.waitingS} * 1000)
  while redis.call('ZCARD', log) > ${QUEUE_LIMITS.logged} do
    redis.call('DEL', key('delivery', redis.call('ZPOPMIN', log)[1]))
  end
end

local function enqueue(endpoint, delivery, event, type, room, body)
  if redis.call('EXISTS', key('endpoint', endpoint)) == 0 then return end
  local record = key('delivery', delivery)
  if redis.call('HSETNX', record, 'event', event) == 0 then return end
  local last = tonumber(redis.call('HGET', key('state', endpoint), 'lastPlace') or 0)
  local place = math.max(now, last + 1)
  redis.call('HSET', key('state', endpoint), 'lastPlace', string.format('%.0f', place))
  redis.call('HSET', record, 'endpoint', endpoint, 'type', type, 'room', room, 'body', body,
    'status', 'pending', 'attempts', 0, 'createdAt', string.format('%.0f', place),
    'nextAt', string.format('%.0f', now))
  redis.call('EXPIRE', record, ${QUEUE_LIMITS.waitingS})
  redis.call('ZADD', key('pending', endpoint), place, delivery)
  if room == '' then
    redis.call('ZADD', key('due', endpoint), now, 'd:' .. delivery)
  else
    local line = key('line', endpoint .. ':' .. room)
    redis.call('RPUSH', line, delivery)
    if not redis.call('ZSCORE', key('due', endpoint), 'r:' .. room) then advance(endpoint, room) end
    redis.call('EXPIRE', line, ${QUEUE_LIMITS.waitingS})
  end
  while redis.call('ZCARD', key('pending', endpoint)) > ${QUEUE_LIMITS.waiting} do
    local oldest = redis.call('ZRANGE', key('pending', endpoint), 0, 0)[1]
    unqueue(endpoint, redis.call('HGET', key('delivery', oldest), 'room') or '', oldest)
    close(endpoint, oldest, 'dropped')
    redis.call('HINCRBY', key('state', endpoint), 'dropped', 1)
  end
  plan(endpoint)
end
`;

/**
 * Enters what was told of a room, and what is to be sent about it, all or nothing. KEYS: told. ARGV: JSON of
 * `{ room, expect, told, events: [{ id, type, at, head, tail, to: [[endpoint, delivery]] }] }`: it is told only while
 * what was told before is as expected (absent: whatever it was), and each event once. Returns how many deliveries there
 * are of it, or −1 when somebody else has told something meanwhile.
 */
export const PUBLISH = `${PRELUDE}
local input = cjson.decode(ARGV[1])
if input.expect then
  if (redis.call('HGET', KEYS[1], input.room) or '') ~= input.expect then return -1 end
  if input.told == '' then
    redis.call('HDEL', KEYS[1], input.room)
    redis.call('SET', key('gone', input.room), input.expect, 'EX', ${QUEUE_LIMITS.goneS})
  else
    redis.call('HSET', KEYS[1], input.room, input.told)
  end
end
local sent = 0
for _, event in ipairs(input.events) do
  if redis.call('SET', key('seen', event.id), 1, 'NX', 'EX', ${QUEUE_LIMITS.seenS}) then
    local last = tonumber(redis.call('GET', key('sequence', input.room)) or 0)
    local sequence = string.format('%.0f', math.max(last + 1, event.at))
    redis.call('SET', key('sequence', input.room), sequence, 'EX', ${QUEUE_LIMITS.waitingS})
    local body = event.head .. sequence .. event.tail
    for _, to in ipairs(event.to) do
      enqueue(to[1], to[2], event.id, event.type, input.room, body)
      sent = sent + 1
    end
  end
end
return sent`;

/** Enters one delivery that is of no room. ARGV: endpoint, delivery, event, type, body. */
export const ENQUEUE = `${PRELUDE}
enqueue(ARGV[1], ARGV[2], ARGV[3], ARGV[4], '', ARGV[5])
return 1`;

/** ARGV: how many. Returns the endpoints that may have something due, and in how many ms the next has (−1: none has). */
export const AGENDA = `${PRELUDE}
local due = redis.call('ZRANGEBYSCORE', 'webhooks:agenda', '-inf', now, 'LIMIT', 0, ARGV[1])
local later = redis.call('ZRANGEBYSCORE', 'webhooks:agenda', '(' .. string.format('%.0f', now), '+inf',
  'WITHSCORES', 'LIMIT', 0, 1)
return {due, later[2] and math.ceil(tonumber(later[2]) - now) or -1}`;

/**
 * Takes the next try of an endpoint. ARGV: endpoint, token, how long (ms) until the try counts as lost, how many may be
 * under way. Returns the fields of the delivery with its id first and the endpoint second, or nothing when none is due.
 */
export const CLAIM = `${PRELUDE}
local endpoint = ARGV[1]
local config = redis.call('GET', key('endpoint', endpoint))
if not config or cjson.decode(config).disabled ~= cjson.null then
  redis.call('ZREM', 'webhooks:agenda', endpoint)
  return {}
end
local due, flight, state = key('due', endpoint), key('flight', endpoint), key('state', endpoint)
redis.call('ZREMRANGEBYSCORE', flight, '-inf', now)
local failures = tonumber(redis.call('HGET', state, 'failures') or 0)
local slots = failures >= ${FAILURES_IN_A_ROW} and 1 or tonumber(ARGV[4])
if redis.call('ZCARD', flight) >= slots then
  redis.call('ZADD', 'webhooks:agenda', redis.call('ZRANGE', flight, 0, 0, 'WITHSCORES')[2], endpoint)
  return {}
end
if tonumber(redis.call('HGET', state, 'restUntil') or 0) > now then
  plan(endpoint)
  return {}
end
for _ = 1, 100 do
  local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
  if first[1] == nil or tonumber(first[2]) > now then break end
  local member, delivery = first[1], nil
  local line = key('line', endpoint .. ':' .. string.sub(member, 3))
  if string.sub(member, 1, 1) == 'r' then delivery = redis.call('LINDEX', line, 0)
  else delivery = string.sub(member, 3) end
  local record = delivery and key('delivery', delivery)
  if record and redis.call('HGET', record, 'body') then
    local lost = now + tonumber(ARGV[3])
    redis.call('ZADD', due, lost, member)
    redis.call('ZADD', flight, lost, ARGV[2])
    redis.call('HSET', record, 'claim', ARGV[2])
    plan(endpoint)
    local fields = redis.call('HMGET', record, 'event', 'room', 'body', 'attempts')
    return {delivery, config, member, fields[1], fields[2], fields[3], fields[4]}
  end
  -- It has run out.
  if delivery then redis.call('ZREM', key('pending', endpoint), delivery) end
  if string.sub(member, 1, 1) == 'r' then
    redis.call('LPOP', line)
    advance(endpoint, string.sub(member, 3))
  else
    redis.call('ZREM', due, member)
  end
end
plan(endpoint)
return {}`;

/**
 * Enters what came of a try. ARGV: JSON of `{ endpoint, delivery, member, room, token, status, pauseMs, inLine, code,
 * error, latencyMs, response, firstMs }`. Returns since when (Unix, ms) every try of the endpoint has failed (0: this one did
 * not), or −1 when the try had counted as lost.
 */
export const FINISH = `${PRELUDE}
local done = cjson.decode(ARGV[1])
local endpoint, delivery, member = done.endpoint, done.delivery, done.member
local record, due, state = key('delivery', delivery), key('due', endpoint), key('state', endpoint)
redis.call('ZREM', key('flight', endpoint), done.token)
if redis.call('EXISTS', key('endpoint', endpoint)) == 0 then
  redis.call('DEL', record)
  return -1
end
if redis.call('HGET', record, 'claim') ~= done.token then
  plan(endpoint)
  return -1
end
redis.call('HINCRBY', record, 'attempts', 1)
redis.call('HSET', record, 'lastAt', string.format('%.0f', now), 'code', done.code, 'error', done.error,
  'latencyMs', done.latencyMs, 'response', done.response)
redis.call('HDEL', record, 'claim')
local failingSince = 0
if done.status == 'delivered' then
  redis.call('HDEL', state, 'failures', 'failingSince', 'restUntil')
  redis.call('HSET', state, 'lastDeliveredAt', string.format('%.0f', now))
else
  redis.call('HSETNX', state, 'failingSince', string.format('%.0f', now))
  failingSince = tonumber(redis.call('HGET', state, 'failingSince'))
  local failures = redis.call('HINCRBY', state, 'failures', 1)
  if failures >= ${FAILURES_IN_A_ROW} then
    local rest = math.min(${MAX_REST_MS}, done.firstMs * 2 ^ math.min(failures - ${FAILURES_IN_A_ROW}, 20))
    redis.call('HSET', state, 'restUntil', string.format('%.0f', now + rest))
  end
end
if done.status ~= 'pending' then
  unqueue(endpoint, done.room, delivery)
  close(endpoint, delivery, done.status)
else
  local at = now + done.pauseMs
  redis.call('HSET', record, 'nextAt', string.format('%.0f', at))
  if not done.inLine and string.sub(member, 1, 1) == 'r' then
    unqueue(endpoint, done.room, delivery)
    member = 'd:' .. delivery
  end
  redis.call('ZADD', due, at, member)
end
plan(endpoint)
return failingSince`;

/**
 * Has a delivery tried now; for one that waits behind another of its room, that other. ARGV: endpoint, delivery. Returns 0
 * when it is not known.
 */
export const RETRY = `${PRELUDE}
local endpoint, delivery = ARGV[1], ARGV[2]
local record, due = key('delivery', delivery), key('due', endpoint)
if redis.call('HGET', record, 'endpoint') ~= endpoint then return 0 end
redis.call('HDEL', key('state', endpoint), 'restUntil')
local function try(one, member)
  local claim = redis.call('HGET', key('delivery', one), 'claim')
  if claim and redis.call('ZSCORE', key('flight', endpoint), claim) then return end
  redis.call('ZADD', due, now, member)
  if redis.call('EXISTS', key('delivery', one)) == 1 then
    redis.call('HSET', key('delivery', one), 'nextAt', string.format('%.0f', now))
  end
end
if redis.call('HGET', record, 'status') ~= 'pending' then
  redis.call('ZREM', key('log', endpoint), delivery)
  redis.call('ZADD', key('pending', endpoint), redis.call('HGET', record, 'createdAt'), delivery)
  redis.call('HSET', record, 'status', 'pending')
  try(delivery, 'd:' .. delivery)
elseif redis.call('ZSCORE', due, 'd:' .. delivery) then
  try(delivery, 'd:' .. delivery)
else
  local room = redis.call('HGET', record, 'room')
  local first = redis.call('LINDEX', key('line', endpoint .. ':' .. room), 0)
  if first then try(first, 'r:' .. room) end
end
redis.call('EXPIRE', record, ${QUEUE_LIMITS.waitingS})
plan(endpoint)
return 1`;
