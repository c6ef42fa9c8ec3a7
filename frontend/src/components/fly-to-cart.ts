/** Animates a dot from the button to the cart count. Skipped with `prefers-reduced-motion`. */
export const flyToCart = (from: Element): void => {
  if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const counts = [...document.querySelectorAll('[data-cart-target]')];
  const target = counts.find((count) => count.getBoundingClientRect().width > 0);
  if (target === undefined) return;
  const [start, end] = [from.getBoundingClientRect(), target.getBoundingClientRect()];
  const mark = document.createElement('span');
  mark.className = 'flying';
  document.body.append(mark);
  const transformTo = (box: DOMRect, scale: number): string =>
    `translate(${box.left + box.width / 2}px, ${box.top + box.height / 2}px) scale(${scale})`;
  const animation = mark.animate([{ transform: transformTo(start, 1) }, { transform: transformTo(end, 0.5) }], {
    duration: 200,
    easing: 'ease-in',
  });
  const removeMark = (): void => mark.remove();
  animation.addEventListener('finish', removeMark);
  animation.addEventListener('cancel', removeMark);
};
