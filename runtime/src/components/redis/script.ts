import { createHash } from 'node:crypto';
import type { RedisClient } from './client.ts';
import { isErrorReply } from './errors.ts';

/** A Lua script, sent by its hash once the server knows it. Redis runs one script at a time. */
export interface RedisScript {
  readonly text: string;
  readonly hash: string;
}

export function redisScript(text: string): RedisScript {
  return { text, hash: createHash('sha1').update(text).digest('hex') };
}

export async function runScript(
  client: RedisClient,
  script: RedisScript,
  keys: readonly string[],
  values: readonly (string | number | Buffer)[],
): Promise<unknown> {
  try {
    return await client.evalsha(script.hash, keys.length, ...keys, ...values);
  } catch (cause) {
    // a restarted server has no scripts
    if (!isErrorReply(cause, 'NOSCRIPT')) throw cause;
    return await client.eval(script.text, keys.length, ...keys, ...values);
  }
}
