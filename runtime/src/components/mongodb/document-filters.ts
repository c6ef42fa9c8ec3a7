import type { Filter } from 'mongodb';
import type { StateDocument } from './connection.ts';

/** The server's clock decides, since sidecars may disagree; what has no `_ttl` never expires. */
export const isLive: Filter<StateDocument> = {
  $or: [{ _ttl: null }, { $expr: { $gte: ['$_ttl', '$$NOW'] } }],
};

export const isExpired: Filter<StateDocument> = {
  _ttl: { $type: 'date' },
  $expr: { $lt: ['$_ttl', '$$NOW'] },
};
