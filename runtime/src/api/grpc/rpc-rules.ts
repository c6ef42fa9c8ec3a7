import { grpcSurface } from '../surface.ts';
import type { ApiRule, ApiRules } from '../surface.ts';

/** Whether the API rules allow an RPC of the `Dapr` service. Only rules that name the protocol count, as upstream. */
export function isRpcOpen({ allowed, denied }: ApiRules, rpc: string): boolean {
  const row = grpcSurface[rpc];
  const covers = (rule: ApiRule): boolean => row?.group === rule.name && row.version === rule.version;
  if (denied.filter(isForGrpc).some(covers)) return false;
  const open = allowed.filter(isForGrpc);
  return open.length === 0 || open.some(covers);
}

function isForGrpc({ protocol }: ApiRule): boolean {
  return protocol === 'grpc';
}
