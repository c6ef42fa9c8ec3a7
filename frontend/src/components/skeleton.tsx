import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);
/** A placeholder of the size of the content that is loading. */
export const Skeleton = ({ className }: { readonly className: string }) => (
  <span className={`skeleton ${className}`} aria-hidden="true" />
);

/** Announces to screen readers that a page is loading. */
export const LoadingText = ({ what }: { readonly what: string }) => (
  <output className="visually-hidden">{text('skeleton.loading-what', { what })}</output>
);
