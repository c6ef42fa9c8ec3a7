import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import type { NavigationMode } from './navigation.ts';
import type { Route } from './route.ts';
import { hrefOf } from './route.ts';
import { useNavigation } from './use-navigation.ts';

export interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  readonly to: Route | string;
  readonly mode?: NavigationMode;
}

/**
 * A real anchor: opens in a new tab, can be copied, and works by keyboard; a plain click navigates without a page load.
 */
export const Link = ({ to, mode = 'push', onClick, children, ...rest }: LinkProps) => {
  const navigation = useNavigation();
  const href = typeof to === 'string' ? to : hrefOf(to);
  const handleClick = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    if (event.defaultPrevented || !isPlainClick(event)) return;
    event.preventDefault();
    navigation.navigate(href, mode);
  };
  return (
    <a {...rest} href={href} onClick={handleClick}>
      {children}
    </a>
  );
};

const isPlainClick = (event: MouseEvent): boolean =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
