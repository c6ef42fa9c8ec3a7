import { createTransport } from 'nodemailer';
import type { OperationRequest, OutputBinding } from '#blocks/bindings/binding.ts';
import { settingsReader } from '#core/component-settings.ts';
import type { Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';

const timeoutMs = 15_000;

/** `bindings.smtp`: each `create` sends one message. Sender, recipients and subject come from the request's metadata, else from the component's. */
export const smtpBinding: Factory<OutputBinding> = (context) => {
  const { metadata, log } = context;
  const read = settingsReader(context);
  const { host = '', user = '', password = '' } = metadata;
  const port = Number(read.text('port'));
  if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TypeError('smtp binding error: host and port fields are required in metadata');
  if ((user === '') !== (password === ''))
    throw new TypeError('smtp binding error: user and password fields must be given both, or neither');
  const skipsVerify = read.isTruthy('skipTLSVerify');
  if (skipsVerify) log.warn({ host }, 'the certificate of the mail server is not verified: skipTLSVerify is set');
  const defaultPriority = priorityOf(read.text('priority')) ?? 3;

  const transport = createTransport({
    host,
    port,
    // port 465 uses TLS from the start; on others STARTTLS is used when the server offers it
    secure: port === 465,
    ...(user === '' ? {} : { auth: { user, pass: password } }),
    ...(skipsVerify ? { tls: { rejectUnauthorized: false } } : {}),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  const messageOf = (request: OperationRequest) => {
    const field = (name: string): string => request.metadata[name] || metadata[name.toLowerCase()] || '';
    const required = (name: string): string => {
      const value = field(name);
      if (value !== '') return value;
      throw new Error(`smtp binding error: ${name} property not supplied in configuration- or request-metadata`);
    };
    const priority = priorityOf(request.metadata['priority'] ?? '') ?? defaultPriority;
    return {
      from: required('emailFrom'),
      to: addresses(required('emailTo')),
      cc: addresses(field('emailCC')),
      bcc: addresses(field('emailBCC')),
      subject: required('subject'),
      headers: { 'X-Priority': String(priority) },
      html: textIn(request.data),
    };
  };

  return Promise.resolve({
    operations: ['create'],
    async invoke(_call, request) {
      const message = messageOf(request);
      try {
        await transport.sendMail(message);
      } catch (cause) {
        throw new Error(`error from smtp binding, sending email failed: ${textOf(cause)}`, { cause });
      }
      return undefined;
    },
    close() {
      transport.close();
      return Promise.resolve();
    },
  });
};

/** Separated by semicolons. */
function addresses(text: string): string[] {
  return text
    .split(';')
    .map((address) => address.trim())
    .filter((address) => address !== '');
}

function priorityOf(text: string): number | undefined {
  if (text === '') return undefined;
  const priority = Number(text);
  if (Number.isInteger(priority) && priority >= 1 && priority <= 5) return priority;
  throw new TypeError('smtp binding error: priority value must be between 1 (highest) and 5 (lowest)');
}

/** The HTTP API passes text as a quoted JSON string. */
function textIn(data: Uint8Array): string {
  const text = Buffer.from(data).toString('utf8');
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}
