import type { OutboxStore } from '#blocks/actors/ports.ts';
import type { ActorKeys } from './actor-keys.ts';
import type { RedisLink } from './connection.ts';
import { redisScript, runScript } from './script.ts';
import { eventOf } from './turn-script.ts';

/** KEYS: order, events, leases. ARGV: limit, length of the lease. Returns events, oldest first. */
const claimScript = redisScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, found, offset, step = tonumber(ARGV[1]), {}, 0, 128
while #found < limit do
  local ids = redis.call('ZRANGE', KEYS[1], offset, offset + step - 1)
  for _, id in ipairs(ids) do
    local lease = redis.call('ZSCORE', KEYS[3], id)
    if #found < limit and (not lease or tonumber(lease) <= now) then
      local event = redis.call('HGET', KEYS[2], id)
      redis.call('ZADD', KEYS[3], string.format('%.0f', now + ARGV[2]), id)
      if event then found[#found + 1] = event end
    end
  end
  if #ids < step then break end
  offset = offset + step
end
return found`);

/** KEYS: order, events, leases. ARGV: ids. */
const removeScript = redisScript(`
for _, id in ipairs(ARGV) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
end
return 0`);

const chunk = 1000;

/** Outgoing events of one app that are not yet published. */
export function redisOutbox(link: RedisLink, { outbox }: ActorKeys): OutboxStore {
  const keys = [outbox.order, outbox.events, outbox.leases];
  return {
    async claim(limit, leaseMs) {
      const texts = await link.write((client) => runScript(client, claimScript, keys, [limit, leaseMs]));
      return (texts as readonly string[]).map(eventOf);
    },
    async remove(ids) {
      for (let at = 0; at < ids.length; at += chunk) {
        const some = ids.slice(at, at + chunk);
        await link.write((client) => runScript(client, removeScript, keys, some));
      }
    },
  };
}
