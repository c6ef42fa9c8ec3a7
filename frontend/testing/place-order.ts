import type { TestServer } from './test-server.ts';

export const rope = { id: 'three-plait-mooring-rope-14-mm', name: 'Three-plait Mooring Rope, 14 mm' };
export const fins = { id: 'gannet-fins', name: 'Gannet Fins' };

export const withRope = ({ shop }: TestServer): void => void shop.setQuantity(rope.id, 2);

/** Places an order for two ropes, whose card is declined on request. Returns its number. */
export const placeOrder = ({ shop }: TestServer, card = '4242424242424242'): string => {
  const cart = shop.setQuantity(rope.id, 2);
  const { token } = shop.tokenFor({ number: card, expiry: '12/29', cvc: '123' });
  const result = shop.checkOut(
    {
      contact: { name: 'Ada Tern', email: 'ada@shore.test' },
      address: { street: 'Quay 1', postcode: '1011 AB', city: 'Haven', country: 'NL' },
      payment: { token },
      expectedTotal: cart.total,
      cartVersion: cart.version,
    },
    `key-${shop.orders.length}`,
  );
  if ('problem' in result) throw new Error(result.problem);
  return result.orderId;
};
