/** A placeholder of the size of the content that is loading. */
export const Skeleton = ({ className }: { readonly className: string }) => (
  <span className={`skeleton ${className}`} aria-hidden="true" />
);

/** Announces to screen readers that a page is loading. */
export const LoadingText = ({ what }: { readonly what: string }) => (
  <output className="visually-hidden">Loading {what}…</output>
);
