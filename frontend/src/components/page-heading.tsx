import type { ReactNode } from 'react';
import { useEffect, useRef } from 'react';
import { useNavigation, useShopLocation } from '../router/use-navigation.ts';

export interface PageHeadingProps {
  /** Title of the tab; undefined while loading. */
  readonly title: string | undefined;
  readonly className?: string;
  readonly children: ReactNode;
}

/** The h1 of a page. After a navigation it receives the focus, so that screen readers announce the page. */
export const PageHeading = ({ title, className, children }: PageHeadingProps) => {
  const navigation = useNavigation();
  const { key } = useShopLocation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · Tidewater Outfitters`;
  }, [title]);
  const hasTitle = title !== undefined;
  useEffect(() => {
    if (hasTitle && navigation.consumeFocus()) heading.current?.focus({ preventScroll: true });
  }, [hasTitle, key, navigation]);
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  );
};
