import type { StateBlock } from '#blocks/state/state.ts';
import type { DaprRpcs } from './server.ts';
import { consistencyOf, savedItem, stateItem, writeOptions } from './state-item.ts';

export function stateRpcs(state: StateBlock) {
  return {
    async getState(call, { storeName, key, consistency, metadata }) {
      const request = { storeName, key, consistency: consistencyOf(consistency), metadata };
      // an empty response means that there is no such key
      return (await state.get(call, request)) ?? {};
    },

    async getBulkState(call, request) {
      return { items: [...(await state.getBulk(call, request))] };
    },

    async saveState(call, { storeName, states }) {
      state.requireStore(storeName);
      await state.save(call, { storeName, states: states.map(savedItem) });
      return {};
    },

    async deleteState(call, { storeName, key, etag, options, metadata }) {
      const deleteOptions = options && writeOptions(options);
      await state.delete(call, { storeName, key, etag: etag?.value, options: deleteOptions, metadata });
      return {};
    },

    async deleteBulkState(call, { storeName, states }) {
      await state.deleteBulk(call, { storeName, states: states.map(stateItem) });
      return {};
    },

    async executeStateTransaction(call, { storeName, operations, metadata }) {
      const prepared = operations.map(({ operationType, request }) => ({
        operationType,
        request: request ? stateItem(request) : { key: '', value: new Uint8Array(0) },
      }));
      await state.transact(call, { storeName, operations: prepared, metadata });
      return {};
    },

    async queryStateAlpha1(call, request) {
      const { results, token } = await state.query(call, request);
      return { results: [...results], token };
    },
  } satisfies DaprRpcs;
}
