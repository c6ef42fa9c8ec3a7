/** Receives a response while its bytes are read. */
export interface ResponseListener {
  /** Names are in lower case. Not called for interim responses. */
  head(status: number, headers: readonly string[]): void;
  /** The listener may retain the chunk. */
  chunk(bytes: Buffer): void;
  /** The response is complete. */
  end(): void;
}

/** Limits for the size of a head and of a line between the chunks of a body. */
const maxHeadBytes = 64 * 1024;
const maxLineBytes = 8 * 1024;

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// eslint-disable-next-line no-control-regex -- exactly what a head must not hold
const illegal = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\r(?!\n)|(?<!\r)\n/;
const headEnd = '\r\n\r\n';
const seconds = /(?:^|[\s,;])timeout\s*=\s*(\d+)/i;

type State = 'head' | 'length' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close' | 'over';

/**
 * Parses the responses of one connection, one after the other: HTTP/1.1 and 1.0, by length, chunked, or until the
 * connection closes. Throws on bytes that are not HTTP. Optimised for responses that arrive in one read, as nearly all
 * do.
 */
export class ResponseReader {
  #listener: ResponseListener | undefined;
  #isHeadOnly = false;
  #state: State = 'over';
  /** The beginning of an incomplete head or line. */
  #pending: Buffer | undefined;
  /** Bytes of the body, or of its chunk, that have not arrived yet. */
  #remaining = 0;
  #staysOpen = false;
  #idleLimitMs: number | undefined;

  /** Prepares for the next response. */
  begin(listener: ResponseListener, { isHeadOnly }: { readonly isHeadOnly: boolean }): void {
    this.#listener = listener;
    this.#isHeadOnly = isHeadOnly;
    this.#state = 'head';
    this.#pending = undefined;
  }

  /** After the end of a response: whether the connection may carry another request. */
  get staysOpen(): boolean {
    return this.#staysOpen;
  }

  /** How long the app holds an idle connection, as it announced. */
  get idleLimitMs(): number | undefined {
    return this.#idleLimitMs;
  }

  /** Consumes received bytes; `bytes` may be overwritten afterwards. */
  read(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      const consumed = this.#consume(rest);
      if (consumed === rest.length) return;
      rest = rest.subarray(consumed);
    }
  }

  /** The connection has ended. False when that interrupts a response. */
  close(): boolean {
    if (this.#state === 'until-close') this.#end();
    return this.#state === 'over';
  }

  /** Returns the number of bytes consumed. */
  #consume(bytes: Buffer): number {
    switch (this.#state) {
      case 'head':
        return this.#consumeUpTo(bytes, headEnd, maxHeadBytes);
      case 'chunk-line':
      case 'chunk-end':
      case 'trailers':
        return this.#consumeUpTo(bytes, '\r\n', maxLineBytes);
      case 'length':
      case 'chunk': {
        const length = Math.min(this.#remaining, bytes.length);
        this.#remaining -= length;
        this.#listener?.chunk(Buffer.from(bytes.subarray(0, length)));
        if (this.#remaining === 0) {
          if (this.#state === 'chunk') this.#state = 'chunk-end';
          else this.#end();
        }
        return length;
      }
      case 'until-close':
        this.#listener?.chunk(Buffer.from(bytes));
        return bytes.length;
      case 'over':
        throw new Error('bytes without a request');
    }
  }

  #consumeUpTo(bytes: Buffer, mark: string, limit: number): number {
    const before = this.#pending?.length ?? 0;
    const all = this.#pending ? Buffer.concat([this.#pending, bytes]) : bytes;
    const end = all.indexOf(mark, Math.max(0, before - mark.length + 1), 'latin1');
    if (end < 0 ? all.length > limit : end > limit) throw new Error('a head or line is too long');
    if (end < 0) {
      this.#pending = this.#pending ? all : Buffer.from(bytes);
      return bytes.length;
    }
    this.#pending = undefined;
    const text = all.toString('latin1', 0, end);
    if (mark === headEnd) this.#readHead(text);
    else this.#readLine(text);
    return end + mark.length - before;
  }

  #readHead(text: string): void {
    const lineEnd = text.indexOf('\r\n');
    const match = statusLine.exec(lineEnd < 0 ? text : text.slice(0, lineEnd));
    if (!match) throw new Error('it does not begin like HTTP/1.1');
    const status = Number(match[2]);
    // an interim response, which HTTP always allows; 101 is a final one
    if (status < 200 && status !== 101) return;
    if (illegal.test(text)) throw new Error('its head contains control characters');
    const headers: string[] = [];
    let length: string | undefined;
    let coding = '';
    let connection = '';
    for (let at = lineEnd; at >= 0 && at < text.length;) {
      const next = text.indexOf('\r\n', at + 2);
      const line = next < 0 ? text.slice(at + 2) : text.slice(at + 2, next);
      at = next;
      const colon = line.indexOf(':');
      const name = line.slice(0, Math.max(0, colon)).toLowerCase();
      if (!token.test(name)) throw new Error('its head contains a line that is not a header');
      const value = line.slice(colon + 1).trim();
      headers.push(name, value);
      if (name === 'content-length') {
        if (!/^\d{1,15}$/.test(value) || (length !== undefined && length !== value))
          throw new Error('its content-length is not a number');
        length = value;
      } else if (name === 'transfer-encoding') coding = coding === '' ? value : `${coding}, ${value}`;
      else if (name === 'connection') connection += `,${value.toLowerCase()}`;
      else if (name === 'keep-alive') this.#learnIdleLimit(value);
    }
    this.#staysOpen = match[1] === '1' ? !/(?:^|[\s,])close/.test(connection) : connection.includes('keep-alive');
    this.#listener?.head(status, headers);
    this.#beginBody(status, length, coding.toLowerCase());
  }

  #beginBody(status: number, length: string | undefined, coding: string): void {
    if (this.#isHeadOnly || status === 204 || status === 304) return this.#end();
    if (coding !== '') {
      // two ways to determine the end may disagree: nothing more is read from such a connection
      if (length !== undefined) this.#staysOpen = false;
      if (/(?:^|[\s,])chunked$/.test(coding)) this.#state = 'chunk-line';
      else this.#untilClose();
    } else if (length === undefined) this.#untilClose();
    else {
      this.#remaining = Number(length);
      if (this.#remaining === 0) this.#end();
      else this.#state = 'length';
    }
  }

  #readLine(line: string): void {
    if (this.#state === 'chunk-end') {
      if (line !== '') throw new Error('a chunk is longer than its announced length');
      this.#state = 'chunk-line';
    } else if (this.#state === 'trailers') {
      if (line === '') this.#end();
    } else {
      const match = /^([0-9a-fA-F]{1,12})[ \t]*(?:;|$)/.exec(line);
      if (!match) throw new Error('a chunk has no length');
      this.#remaining = Number.parseInt(match[1] ?? '', 16);
      this.#state = this.#remaining === 0 ? 'trailers' : 'chunk';
    }
  }

  #learnIdleLimit(value: string): void {
    const timeoutText = seconds.exec(value)?.[1];
    if (timeoutText !== undefined) this.#idleLimitMs = Number(timeoutText) * 1000;
  }

  #untilClose(): void {
    this.#staysOpen = false;
    this.#state = 'until-close';
  }

  #end(): void {
    this.#state = 'over';
    this.#listener?.end();
  }
}
