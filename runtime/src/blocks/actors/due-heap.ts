/** A binary heap: the item with the smallest `at` comes first. */
export class DueHeap<Item extends { readonly at: number }> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (!above || above.at <= item.at) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): Item | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = items[child];
      const right = items[child + 1];
      if (!left) break;
      if (right && right.at < left.at) child += 1;
      const smaller = items[child];
      if (!smaller || smaller.at >= last.at) break;
      items[at] = smaller;
      at = child;
    }
    items[at] = last;
    return first;
  }
}
