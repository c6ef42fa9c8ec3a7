import { IntlMessageFormat } from 'intl-messageformat';

const locale = 'en';

/**
 * The texts of one catalogue, whose messages are in ICU syntax. In the browser they are compiled already, by
 * build/compiled-messages.ts. A second language is a second folder beside `en`, and its choice is made here.
 */
export const messagesOf = <Id extends string>(catalogue: Readonly<Record<Id, string>>) => {
  const formats = new Map<Id, IntlMessageFormat>();
  return (id: Id, values?: Readonly<Record<string, string | number>>): string => {
    const message = catalogue[id];
    if (isLiteral(message)) return message;
    let format = formats.get(id);
    if (format === undefined) formats.set(id, (format = new IntlMessageFormat(message, locale)));
    return String(format.format(values));
  };
};

const isLiteral = (message: unknown): message is string => typeof message === 'string' && !/[{<]/.test(message);
