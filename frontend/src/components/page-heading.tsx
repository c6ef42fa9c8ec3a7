import type { ReactNode } from 'react';
import { useEffect, useRef } from 'react';
import { useShop } from '../data/shop.ts';
import { useHistoryKey } from '../router/use-url.ts';

export interface PageHeadingProps {
  /** Title of the tab; undefined while loading. */
  readonly title: string | undefined;
  readonly className?: string;
  readonly children: ReactNode;
}

/** The h1 of a page. After a navigation it receives the focus, so that screen readers announce the page. */
export const PageHeading = ({ title, className, children }: PageHeadingProps) => {
  const { transitions } = useShop();
  const key = useHistoryKey();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · Tidewater Outfitters`;
  }, [title]);
  const hasTitle = title !== undefined;
  useEffect(() => {
    if (hasTitle && transitions.consumeFocus()) heading.current?.focus({ preventScroll: true });
  }, [hasTitle, key, transitions]);
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  );
};
