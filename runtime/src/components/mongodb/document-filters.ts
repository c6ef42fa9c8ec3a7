import type { Filter } from 'mongodb';
import type { StateDocument } from './connection.ts';

/** By the server's clock, since the clocks of sidecars may differ; a document without `_ttl` never expires. */
export const isLive: Filter<StateDocument> = {
  $or: [{ _ttl: null }, { $expr: { $gte: ['$_ttl', '$$NOW'] } }],
};

export const isExpired: Filter<StateDocument> = {
  _ttl: { $type: 'date' },
  $expr: { $lt: ['$_ttl', '$$NOW'] },
};
