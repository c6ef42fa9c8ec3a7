/** Shows where the thing went: a small mark runs from the button to the cart's count. Skipped for people who ask for less motion. */
export const flyToCart = (from: Element): void => {
  if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const counts = [...document.querySelectorAll('[data-cart-target]')];
  const target = counts.find((count) => count.getBoundingClientRect().width > 0);
  if (target === undefined) return;
  const [a, b] = [from.getBoundingClientRect(), target.getBoundingClientRect()];
  const mark = document.createElement('span');
  mark.className = 'flying';
  document.body.append(mark);
  const place = (box: DOMRect, scale: number): string =>
    `translate(${box.left + box.width / 2}px, ${box.top + box.height / 2}px) scale(${scale})`;
  const flight = mark.animate([{ transform: place(a, 1) }, { transform: place(b, 0.5) }], {
    duration: 200,
    easing: 'ease-in',
  });
  const land = (): void => mark.remove();
  flight.addEventListener('finish', land);
  flight.addEventListener('cancel', land);
};
