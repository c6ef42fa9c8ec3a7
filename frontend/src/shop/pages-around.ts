/** The first, the last, and two to each side of where one is. */
export const pagesAround = (current: number, last: number): readonly number[] =>
  Array.from({ length: last }, (_, index) => index + 1).filter(
    (page) => page === 1 || page === last || Math.abs(page - current) <= 2,
  );
