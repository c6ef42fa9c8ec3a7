const paths = {
  search: 'M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13ZM15.5 15.5L20 20',
  cart: 'M3 5h3l2.2 10h9.3L20 8H7M10 19.5h.01M16 19.5h.01',
  orders: 'M6 3.5h12v17l-3-2-3 2-3-2-3 2ZM9 8.5h6M9 12.5h6',
  shop: 'M12 3v14M12 3c4 3.5 6 7.5 6.5 12H12M9.5 8C7.5 10.5 6 13 5.5 15H9.5M3.5 18h17c-1 2-2.5 3-5 3h-7c-2.5 0-4-1-5-3Z',
  check: 'M5 12.5l4.5 4.5L19 7',
  next: 'M9 5l7 7-7 7',
  previous: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  call: 'M4 12h15M13 6l6 6-6 6',
  actor: 'M12 4a4 4 0 1 1 0 8a4 4 0 0 1 0-8ZM5 20c.5-4 3-6 7-6s6.5 2 7 6',
  state: 'M5 6c0-3 14-3 14 0v12c0 3-14 3-14 0ZM5 6c0 3 14 3 14 0M5 12c0 3 14 3 14 0',
  event: 'M4 8h16v11H4ZM4 8l8 6 8-6',
  time: 'M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16ZM12 8v4l3 2',
  secret: 'M8 11V8a4 4 0 0 1 8 0v3M6 11h12v9H6Z',
  retry: 'M19 12a7 7 0 1 1-2.5-5.400M17 3v4h-4',
  other: 'M12 8a4 4 0 1 1 0 8a4 4 0 0 1 0-8Z',
} as const;

export type IconName = keyof typeof paths;

/** An icon beside a text; decorative, so it is hidden from screen readers. */
export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={paths[name]} />
  </svg>
);
