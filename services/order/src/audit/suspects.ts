const maxProblems = 1_000;
/** A lost stock command is repeated so often before it is reported. */
const stockRepeats = 3;

/** The orders that break an invariant, or whose stock command was repeated. */
export interface Suspects {
  has(orderId: string): boolean;
  /** The next `limit` ones, all of them in turn. */
  next(limit: number): readonly string[];
  /** The order agrees with payment and catalog. */
  remove(orderId: string): void;
  /** True when the problem is a new one. */
  addProblem(orderId: string, text: string): boolean;
  removeProblem(orderId: string): void;
  /** How often the stock command has been repeated, with this time; undefined when that had no effect often enough. */
  countRepeat(orderId: string): number | undefined;
  problemOf(orderId: string): string | undefined;
  problems(): readonly string[];
}

export function suspectOrders(): Suspects {
  const problems = new Map<string, string>();
  const repeated = new Map<string, number>();
  let offset = 0;
  return {
    has: (orderId) => problems.has(orderId) || repeated.has(orderId),
    next(limit) {
      const ids = [...new Set([...repeated.keys(), ...problems.keys()])];
      if (offset >= ids.length) offset = 0;
      const next = ids.slice(offset, offset + limit);
      offset += next.length;
      return next;
    },
    remove(orderId) {
      problems.delete(orderId);
      repeated.delete(orderId);
    },
    addProblem(orderId, text) {
      if (problems.has(orderId) || problems.size >= maxProblems) return false;
      problems.set(orderId, text);
      return true;
    },
    removeProblem: (orderId) => void problems.delete(orderId),
    countRepeat(orderId) {
      const count = (repeated.get(orderId) ?? 0) + 1;
      if (count > stockRepeats) return undefined;
      repeated.set(orderId, count);
      return count;
    },
    problemOf: (orderId) => problems.get(orderId),
    problems: () => [...problems.values()],
  };
}
