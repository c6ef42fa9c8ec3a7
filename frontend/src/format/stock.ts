export type StockLevel = 'none' | 'last' | 'few' | 'some';

export const stockLevel = (available: number): StockLevel => {
  if (available <= 0) return 'none';
  if (available === 1) return 'last';
  return available <= 5 ? 'few' : 'some';
};

/** The stock as a shopper reads it; scarcity is never invented. */
export const formatStock = (available: number): string => {
  const level = stockLevel(available);
  switch (level) {
    case 'none':
      return 'Sold out';
    case 'last':
      return 'The last one';
    case 'few':
      return `${available} left`;
    case 'some':
      return `${available} in stock`;
  }
};
