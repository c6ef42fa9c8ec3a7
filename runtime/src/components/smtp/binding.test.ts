import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { test } from 'node:test';
import type { OutputBinding } from '#blocks/bindings/binding.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { smtpBinding } from './binding.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

/** A mail server that takes everything, but for recipients called `nobody`. */
async function mailServer() {
  const messages: { readonly to: readonly string[]; readonly text: string }[] = [];
  const talk = (socket: Socket): void => {
    const send = (line: string): void => void socket.write(`${line}\r\n`);
    let to: string[] = [];
    let text: string | undefined;
    let buffered = '';
    send('220 here');
    socket.on('data', (bytes) => {
      buffered += bytes.toString();
      for (let end = buffered.indexOf('\r\n'); end >= 0; end = buffered.indexOf('\r\n')) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        if (text !== undefined) {
          if (line !== '.') text += `${line}\n`;
          else {
            messages.push({ to, text });
            [to, text] = [[], undefined];
            send('250 taken');
          }
        } else if (line.startsWith('RCPT')) {
          to.push(/<(.*)>/.exec(line)?.[1] ?? '');
          send(line.includes('nobody') ? '550 no such user' : '250 ok');
        } else if (line === 'DATA') {
          text = '';
          send('354 go on');
        } else if (line === 'QUIT') socket.end('221 bye\r\n');
        else send('250 ok');
      }
    });
    socket.on('error', () => {});
  };
  const server = createServer(talk);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = String((server.address() as AddressInfo).port);
  return { messages, port, [Symbol.asyncDispose]: async () => void server.close() };
}

const open = (metadata: Readonly<Record<string, string>>): Promise<OutputBinding> =>
  smtpBinding({
    name: 'mail',
    type: 'bindings.smtp',
    version: 'v1',
    appId: 'shop',
    namespace: '',
    metadata,
    log: silentLog,
    clock: fakeClock(),
    random: seededRandom(),
  });

const mailRequest = (metadata = {}, data = '"<b>größe</b>"') => ({
  operation: 'create',
  data: Buffer.from(data),
  metadata,
});

test('smtp binding: sends to all recipients, and metadata of the request overrides the component’s', async () => {
  await using server = await mailServer();
  const binding = await open({
    host: '127.0.0.1',
    port: server.port,
    emailfrom: 'shop@x.org',
    emailto: 'a@x.org',
    subject: 'plain',
    priority: '1',
  });
  await binding.invoke(
    call,
    mailRequest({ emailTo: 'b@x.org; c@x.org', emailCC: 'd@x.org', emailBCC: 'hidden@x.org', subject: 'Hello' }),
  );
  const [first] = server.messages;
  assert.deepEqual(first?.to, ['b@x.org', 'c@x.org', 'd@x.org', 'hidden@x.org']);
  const text = first?.text ?? '';
  for (const part of [/^From: shop@x\.org$/m, /^Subject: Hello$/m, /^X-Priority: 1$/m, /text\/html/, /gr=C3=B6=C3=9Fe/])
    assert.match(text, part);
  assert.doesNotMatch(text, /hidden/);
  await binding.close();
});

test('smtp binding: missing metadata, invalid metadata and a rejected recipient are errors', async () => {
  await using server = await mailServer();
  const binding = await open({ host: '127.0.0.1', port: server.port, emailfrom: 'a@x.org', subject: 's' });
  await assert.rejects(binding.invoke(call, mailRequest()), /emailTo property not supplied/);
  await assert.rejects(
    binding.invoke(call, mailRequest({ emailTo: 'b@x.org', priority: '9' })),
    /between 1 \(highest\) and 5/,
  );
  await assert.rejects(binding.invoke(call, mailRequest({ emailTo: 'nobody@x.org' })), /sending email failed/);
  await binding.close();
  assert.throws(() => void open({}), /host and port/);
  assert.throws(() => void open({ host: 'x', port: '25', user: 'u' }), /both, or neither/);
});
