import { redisScript } from './script.ts';

// Leases are measured by the server's clock. KEYS of each script: hosts, leases, owners, epochs (see actor-keys.ts).

/** How long an expired host stays registered, so that it can resume partitions that nobody has claimed. */
const forgetAfterMs = 60_000;

const prelude = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function isAlive(host)
  local lease = redis.call('ZSCORE', KEYS[2], host)
  return lease and tonumber(lease) > now
end
local function hostOf(owner)
  return string.match(owner, '^%d+ (.*)$')
end`;

/** Returns the live hosts and the partitions they own, each as a flat list of names and values. */
const table = `
local hosts, owned, alive = {}, {}, {}
local rows = redis.call('HGETALL', KEYS[1])
for i = 1, #rows, 2 do
  if isAlive(rows[i]) then
    alive[rows[i]] = true
    hosts[#hosts + 1] = rows[i]
    hosts[#hosts + 1] = rows[i + 1]
  end
end
local owners = redis.call('HGETALL', KEYS[3])
for i = 1, #owners, 2 do
  if alive[hostOf(owners[i + 1])] then
    owned[#owned + 1] = owners[i]
    owned[#owned + 1] = owners[i + 1]
  end
end
return { hosts, owned }`;

export const readTable = redisScript(`${prelude}${table}`);

/**
 * ARGV: host id, JSON of the host, its address, length of the lease. A host at the same address is replaced at once;
 * partitions of removed hosts have no owner any more.
 */
export const heartbeat = redisScript(`${prelude}
local function forget(host)
  redis.call('HDEL', KEYS[1], host)
  redis.call('ZREM', KEYS[2], host)
end
for _, host in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now - ${forgetAfterMs}))) do
  forget(host)
end
local known = redis.call('HGETALL', KEYS[1])
for i = 1, #known, 2 do
  if known[i] ~= ARGV[1] and cjson.decode(known[i + 1])[2] == ARGV[3] then forget(known[i]) end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[4]), ARGV[1])
local given = redis.call('HGETALL', KEYS[3])
for i = 1, #given, 2 do
  if not redis.call('ZSCORE', KEYS[2], hostOf(given[i + 1])) then redis.call('HDEL', KEYS[3], given[i]) end
end${table}`);

/** ARGV: host id, then partitions. Returns alternating partitions and new epochs. */
export const claimPartitions = redisScript(`${prelude}
local taken = {}
if not isAlive(ARGV[1]) then return taken end
for i = 2, #ARGV do
  local owner = redis.call('HGET', KEYS[3], ARGV[i])
  if not owner or not isAlive(hostOf(owner)) then
    local epoch = redis.call('HINCRBY', KEYS[4], ARGV[i], 1)
    redis.call('HSET', KEYS[3], ARGV[i], string.format('%.0f', epoch) .. ' ' .. ARGV[1])
    taken[#taken + 1] = ARGV[i]
    taken[#taken + 1] = epoch
  end
end
return taken`);

/** ARGV: alternating partitions and owners. */
export const releasePartitions = redisScript(`
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[3], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[3], ARGV[i]) end
end
return 0`);

/** ARGV: host id. */
export const leaveHosts = redisScript(`${prelude}
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
local owners = redis.call('HGETALL', KEYS[3])
for i = 1, #owners, 2 do
  if hostOf(owners[i + 1]) == ARGV[1] then redis.call('HDEL', KEYS[3], owners[i]) end
end
return 0`);
