import type { Concurrency, StateOperation } from '#blocks/state/state-store.ts';
import { redisScript } from './script.ts';

/**
 * Judges all operations, in order and each in the light of those before it, and then does them all or none: Redis runs a
 * script alone, so nobody comes between. Answers 0, or the place of the first that is refused, counted from one.
 *
 * A value is upstream's hash: `data`, `version` (a number, its etag) and, once there was a first write, `first-write`.
 * What is no hash came from elsewhere and is written over, and the etag of a key that is absent is compared with nothing, both
 * as upstream: a value may have expired under the one who writes it.
 *
 * Per key, five arguments: `set` or `delete`; the etag or nothing; `first` or nothing; seconds to live or nothing; the value.
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

/** The five arguments of one operation. `defaultTtlSeconds` is for values that say nothing of their own. */
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
