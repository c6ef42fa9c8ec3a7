import { ok } from 'node:assert/strict';

// An assertion that compares elements would print the whole document when it fails.

const nameOf = (element: Element | null): string =>
  element === null ? 'nothing' : `<${element.localName}> ${(element.textContent ?? '').trim().slice(0, 80)}`;

export const hasFocus = (element: Element): void =>
  ok(document.activeElement === element, `${nameOf(document.activeElement)} has the focus, not ${nameOf(element)}`);

export const isAbsent = (element: Element | null): void => ok(element === null, `${nameOf(element)} is on the page`);
