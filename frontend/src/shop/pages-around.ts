/** The first page, the last page, and two on each side of the current one. */
export const pagesAround = (current: number, last: number): readonly number[] =>
  Array.from({ length: last }, (_, index) => index + 1).filter(
    (page) => page === 1 || page === last || Math.abs(page - current) <= 2,
  );
