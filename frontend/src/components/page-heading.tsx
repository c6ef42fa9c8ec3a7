import type { ReactNode } from 'react';
import { useEffect, useRef } from 'react';
import { useNavigation, useShopLocation } from '../router/use-navigation.ts';

export interface PageHeadingProps {
  /** Title of the tab; absent while it is not known. */
  readonly title: string | undefined;
  readonly className?: string;
  readonly children: ReactNode;
}

/** The one h1 of a page. A visitor who came by a link is taken to it, and hears where she is. */
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
