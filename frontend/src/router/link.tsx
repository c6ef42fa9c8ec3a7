import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import type { Way } from './navigation.ts';
import type { Route } from './route.ts';
import { hrefOf } from './route.ts';
import { useNavigation } from './use-navigation.ts';

export interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  readonly to: Route | string;
  readonly how?: Way;
}

/** A real link: opens in a new tab, can be copied, and works by keyboard; a plain click stays on this page load. */
export const Link = ({ to, how = 'push', onClick, children, ...rest }: LinkProps) => {
  const navigation = useNavigation();
  const href = typeof to === 'string' ? to : hrefOf(to);
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    if (event.defaultPrevented || !isPlain(event)) return;
    event.preventDefault();
    navigation.go(href, how);
  };
  return (
    <a {...rest} href={href} onClick={follow}>
      {children}
    </a>
  );
};

const isPlain = (event: MouseEvent): boolean =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
