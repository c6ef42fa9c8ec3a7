// Scripts, which Redis runs atomically. KEYS of each: jobs (name to text), due times, versions, leases (name to end and holder).
// Leases are measured by the server's clock.

const now = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

/** True when the caller holds the lease of the job and the version is still the claimed one. */
const ours = `
local function ours(name, version, holder)
  local lease = redis.call('HGET', KEYS[4], name)
  return lease and redis.call('HGET', KEYS[3], name) == version and string.match(lease, ' (.*)$') == holder
end`;

const remove = `
local function remove(name)
  redis.call('HDEL', KEYS[1], name)
  redis.call('ZREM', KEYS[2], name)
  redis.call('HDEL', KEYS[3], name)
  redis.call('HDEL', KEYS[4], name)
end`;

/** ARGV: name, text, due, version, '1' to overwrite. Returns 0 when the job exists and was not changed. */
export const putJob = `
if ARGV[5] ~= '1' and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[4])
redis.call('HDEL', KEYS[4], ARGV[1])
return 1`;

/** ARGV: names. */
export const removeJobs = `${remove}
for _, name in ipairs(ARGV) do remove(name) end
return 0`;

/** ARGV: before, limit, lease in milliseconds, holder. Returns the texts, soonest first. */
export const claimJobs = `${now}
local found, offset, step = {}, 0, 128
while #found < tonumber(ARGV[2]) do
  local names = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[1], 'LIMIT', offset, step)
  for _, name in ipairs(names) do
    local lease = redis.call('HGET', KEYS[4], name)
    if #found < tonumber(ARGV[2]) and (not lease or tonumber(string.match(lease, '^%-?%d+')) <= now) then
      redis.call('HSET', KEYS[4], name, string.format('%.0f', now + ARGV[3]) .. ' ' .. ARGV[4])
      found[#found + 1] = redis.call('HGET', KEYS[1], name)
    end
  end
  if #names < step then break end
  offset = offset + step
end
return found`;

/** ARGV: lease in milliseconds, holder, then alternating names and versions. Returns the versions that are still held. */
export const renewJobs = `${now}${ours}
local held = {}
for i = 3, #ARGV, 2 do
  if ours(ARGV[i], ARGV[i + 1], ARGV[2]) then
    redis.call('HSET', KEYS[4], ARGV[i], string.format('%.0f', now + ARGV[1]) .. ' ' .. ARGV[2])
    held[#held + 1] = ARGV[i + 1]
  end
end
return held`;

/** ARGV: holder, name, version, then text and due time unless the job has ended. */
export const settleJob = `${ours}${remove}
if not ours(ARGV[2], ARGV[3], ARGV[1]) then return 0 end
if #ARGV < 5 then
  remove(ARGV[2])
  return 1
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[2])
redis.call('HDEL', KEYS[4], ARGV[2])
return 1`;

/** ARGV: holder, then alternating names and versions. */
export const releaseJobs = `${ours}
for i = 2, #ARGV, 2 do
  if ours(ARGV[i], ARGV[i + 1], ARGV[1]) then redis.call('HDEL', KEYS[4], ARGV[i]) end
end
return 0`;
