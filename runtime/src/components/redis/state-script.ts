import type { Concurrency, StateOperation } from '#blocks/state/state-store.ts';
import { redisScript } from './script.ts';

/**
 * Checks all operations in order, each with the effects of those before it, and then applies all or none; Redis runs scripts
 * atomically. Returns 0, or the number of the first rejected operation, from one.
 *
 * A value is upstream's hash: `data`, `version` (a number, the etag) and, after a first write, `first-write`. Keys of other
 * types are overwritten, and an etag for an absent key is not compared, both as upstream: the value may just have expired.
 *
 * Five arguments per key: `set` or `delete`; etag or empty; `first` or empty; seconds to live or empty; value.
 */
export const stateScript = redisScript(`
local seen = {}
local foreign = {}
local function versionOf(key)
  local version = seen[key]
  if version == nil then
    version = redis.pcall('HGET', key, 'version')
    if type(version) == 'table' or (version and not string.match(version, '^%-?%d+$')) then
      foreign[key] = true
      version = ''
    end
    seen[key] = version
  end
  return version
end
for i = 1, #KEYS do
  local at = (i - 1) * 5
  local version = versionOf(KEYS[i])
  local etag = ARGV[at + 2]
  if etag ~= '' and version and version ~= '' and version ~= etag then return i end
  if etag == '' and ARGV[at + 3] == 'first' and version then return i end
  if #KEYS > 1 then
    if ARGV[at + 1] == 'delete' then
      seen[KEYS[i]] = false
    else
      seen[KEYS[i]] = string.format('%.0f', (tonumber(version) or 0) + 1)
    end
  end
end
for i = 1, #KEYS do
  local at = (i - 1) * 5
  local key = KEYS[i]
  if ARGV[at + 1] == 'delete' then
    redis.call('DEL', key)
  else
    if foreign[key] then
      redis.call('DEL', key)
      foreign[key] = nil
    end
    if ARGV[at + 3] == 'first' then
      redis.call('HSET', key, 'data', ARGV[at + 5], 'first-write', '0')
    else
      redis.call('HSET', key, 'data', ARGV[at + 5])
    end
    redis.call('HINCRBY', key, 'version', 1)
    if ARGV[at + 4] == '' then
      redis.call('PERSIST', key)
    else
      redis.call('EXPIRE', key, ARGV[at + 4])
    end
  end
end
return 0`);

/** The five arguments of one operation. `defaultTtlSeconds` applies to values without a time to live. */
export function scriptArguments(
  operation: StateOperation,
  etag: string,
  defaultTtlSeconds: number | undefined,
): (string | Buffer)[] {
  if (operation.kind === 'delete') return ['delete', etag, '', '', ''];
  const { value } = operation;
  const ttlSeconds = operation.ttlSeconds ?? defaultTtlSeconds;
  return [
    'set',
    etag,
    isFirst(operation.concurrency) ? 'first' : '',
    ttlSeconds === undefined ? '' : String(ttlSeconds),
    Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  ];
}

function isFirst(concurrency: Concurrency | undefined): boolean {
  return concurrency === 'first-write';
}
