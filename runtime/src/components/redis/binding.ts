import type { OperationReply, OperationRequest, OutputBinding } from '#blocks/bindings/binding.ts';
import type { Factory } from '#core/component.ts';
import { openRedis } from './connection.ts';
import { redisSettings } from './settings.ts';

/** `bindings.redis`: one key per operation, named by the request's metadata `key`. */
export const redisBinding: Factory<OutputBinding> = async (context) => {
  const link = await openRedis(context, redisSettings(context));

  const create = async (key: string, { data, metadata }: OperationRequest): Promise<void> => {
    const ttl = secondsOf(metadata['ttlInSeconds'] ?? '');
    const value = Buffer.from(data);
    await link.write((client) => (ttl === undefined ? client.set(key, value) : client.set(key, value, 'EX', ttl)));
  };
  const get = async (key: string, { metadata }: OperationRequest): Promise<OperationReply> => {
    const takes = metadata['delete']?.toLowerCase() === 'true';
    const value = await (takes
      ? link.write((client) => client.getdelBuffer(key))
      : link.read((client) => client.getBuffer(key)));
    return { data: value ?? Buffer.alloc(0) };
  };

  return {
    operations: ['create', 'delete', 'get', 'increment'],
    async invoke(_call, request) {
      const key = request.metadata['key'] ?? '';
      if (key === '') throw new Error('redis binding: missing key in request metadata');
      switch (request.operation) {
        case 'create':
          await create(key, request);
          return undefined;
        case 'delete':
          await link.write((client) => client.del(key));
          return undefined;
        case 'get':
          return await get(key, request);
        default: {
          const count = await link.write((client) => client.incr(key));
          const ttl = secondsOf(request.metadata['ttlInSeconds'] ?? '');
          if (ttl !== undefined) await link.write((client) => client.expire(key, ttl));
          return { data: Buffer.from(String(count)) };
        }
      }
    },
    close: () => link.close(),
  };
};

function secondsOf(text: string): number | undefined {
  if (text === '') return undefined;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new Error(`redis binding: ttlInSeconds ${text} is no number of seconds above 0`);
}
