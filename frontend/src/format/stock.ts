import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);
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
      return text('stock.sold-out');
    case 'last':
      return text('stock.the-last-one');
    case 'few':
      return text('stock.available-left', { available });
    case 'some':
      return text('stock.available-in-stock', { available });
  }
};
