/** The place of something that is on its way, as large as the thing. */
export const Skeleton = ({ className }: { readonly className: string }) => (
  <span className={`skeleton ${className}`} aria-hidden="true" />
);

/** Says once that a page is loading, for those who do not see its skeleton. */
export const LoadingText = ({ what }: { readonly what: string }) => (
  <output className="aside-words">Loading {what}…</output>
);
