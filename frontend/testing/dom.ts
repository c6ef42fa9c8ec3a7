import './tsx-loader.ts';
import { Window } from 'happy-dom';

/**
 * Loaded into the process of the component tests (`node --import`): a DOM, and a loader of `.tsx` files. Timers, fetch and abort
 * signals stay those of Node.
 */
const window = new Window({ url: 'http://shop.test/', width: 1280, height: 800 });

/** Node has them too, but the DOM accepts only its own events and objects. */
const fromDom = new Set([
  'Event',
  'EventTarget',
  'CustomEvent',
  'MessageEvent',
  'navigator',
  'sessionStorage',
  'localStorage',
]);

const names = new Set<string>();
for (
  let owner: object | null = window;
  owner !== null && owner !== Object.prototype;
  owner = Object.getPrototypeOf(owner) as object | null
)
  for (const name of Object.getOwnPropertyNames(owner)) names.add(name);
for (const name of names) {
  if ((name in globalThis && !fromDom.has(name)) || name === 'constructor') continue;
  const member: unknown = Reflect.get(window, name);
  // Methods need their window; classes must stay as they are.
  const value: unknown = typeof member === 'function' && /^[a-z]/.test(name) ? member.bind(window) : member;
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}
Object.defineProperty(globalThis, 'window', { value: window, configurable: true });
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
