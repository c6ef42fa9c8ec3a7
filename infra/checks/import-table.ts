/** Which folder may import which (docs/ARCHITECTURE.md), as data. The first zone whose folder matches applies. */
export interface Zone {
  readonly name: string;
  readonly folder: RegExp;
  /** Files it may import, from the repository's root. A zone may always import itself, unless `isolated`. */
  readonly files: readonly RegExp[];
  readonly packages: readonly RegExp[];
  /** Built-in modules that it must not use. */
  readonly forbidsNode?: RegExp;
  /** Folders of the same zone must not import each other: only the same folder (first capture group) is allowed. */
  readonly isolated?: boolean;
}

const core = /^runtime\/src\/core\//;
/** A block's port files and its errors: what components implement or throw. */
const ports =
  /^runtime\/src\/blocks\/(state\/(state-store|errors)|pubsub\/(broker|delivery-outcome|errors|route)|secrets\/(secret-store|errors)|bindings\/(binding|binding-app|errors)|jobs\/(job-store|job-capable|schedule|errors)|crypto\/(key-vault|errors)|conversation\/(conversation-component|errors)|configuration\/configuration-store|lock\/lock-store|middleware\/http-middleware|invoke\/(peers|errors)|actors\/(actors|ports|errors|actor-capable|actor-key|partition|placement))\.ts$/;
const blocks = /^runtime\/src\/blocks\//;
const gen = /^runtime\/gen\//;
/** Private hooks into dependencies, for speed. */
const fast = /^runtime\/src\/fast\//;
const surface = /^runtime\/src\/api\/surface\.ts$/;
const sdk = /^runtime\/sdk\//;
const contracts = /^services\/contracts\//;
const kit = /^services\/kit\//;

const storeDriver: Readonly<Record<string, RegExp>> = {
  postgres: /^pg$/,
  nats: /^@nats-io\//,
  redis: /^ioredis$/,
  mongodb: /^mongodb$/,
  cel: /^@marcbachmann\/cel-js$/,
  cron: /^croner$/,
  http: /^undici$/,
  mqtt: /^mqtt$/,
  openai: /^undici$/,
  rabbitmq: /^amqplib$/,
  smtp: /^nodemailer$/,
  middleware: /^jose$/,
};

export const zones: readonly Zone[] = [
  {
    name: 'core',
    folder: /^runtime\/src\/core\//,
    files: [],
    packages: [],
    forbidsNode: /^node:(fs|net|http|https|child_process)/,
  },
  {
    name: 'blocks',
    folder: /^runtime\/src\/blocks\/([^/]+)\//,
    isolated: true,
    // Actors store their state through the state port and publish events through the port of pub/sub.
    files: [
      core,
      /^runtime\/src\/blocks\/state\/(state-store|errors)\.ts$/,
      /^runtime\/src\/blocks\/invoke\/(peers|errors)\.ts$/,
    ],
    packages: [],
    forbidsNode: /^node:(fs|net|http|https|child_process)/,
  },
  ...Object.entries(storeDriver).map(([vendor, driver]): Zone => ({
    name: `components/${vendor}`,
    folder: new RegExp(`^runtime/src/components/${vendor}/`),
    files: [core, ports],
    packages: [driver],
  })),
  {
    name: 'components/pluggable',
    folder: /^runtime\/src\/components\/pluggable\//,
    files: [core, ports, gen],
    packages: [/^@grpc\/grpc-js$/, /^@bufbuild\/protobuf/],
  },
  {
    name: 'components',
    folder: /^runtime\/src\/components\/([^/]+)\//,
    isolated: true,
    files: [core, ports],
    packages: [],
  },
  {
    name: 'registry',
    folder: /^runtime\/src\/components\/registry\.ts$/,
    files: [core, ports, /^runtime\/src\/components\//],
    packages: [],
  },
  { name: 'resilience', folder: /^runtime\/src\/resilience\//, files: [core, ports], packages: [] },
  { name: 'observed', folder: /^runtime\/src\/observed\//, files: [core, ports], packages: [] },
  {
    name: 'app',
    folder: /^runtime\/src\/app\//,
    files: [core, blocks, gen, fast],
    packages: [/^undici$/, /^@grpc\/grpc-js$/, /^@bufbuild\/protobuf/],
  },
  { name: 'cluster', folder: /^runtime\/src\/cluster\//, files: [core, ports, gen], packages: [/^undici$/] },
  {
    name: 'fast',
    folder: /^runtime\/src\/fast\//,
    files: [core, /^runtime\/src\/app\/(app-exchange|errors)\.ts$/],
    packages: [/^@grpc\/grpc-js$/],
  },
  { name: 'surface', folder: surface, files: [], packages: [] },
  {
    name: 'api/http/server',
    folder: /^runtime\/src\/api\/http\/server\//,
    files: [core, blocks, surface],
    packages: [/^fastify$/],
  },
  {
    name: 'api/http',
    folder: /^runtime\/src\/api\/http\//,
    files: [core, blocks, gen, surface],
    packages: [/^fastify$/, /^@bufbuild\/protobuf/],
  },
  {
    name: 'api/grpc',
    folder: /^runtime\/src\/api\/grpc\//,
    files: [core, blocks, gen, surface, fast],
    packages: [/^@grpc\/grpc-js$/, /^@bufbuild\/protobuf/],
  },
  {
    name: 'host',
    folder: /^runtime\/src\/host\//,
    files: [core, gen],
    packages: [/^yaml$/, /^pino$/, /^@bufbuild\/protobuf/],
  },
  {
    name: 'composition',
    folder: /^runtime\/src\/(sidecar|main|compose\/.+)\.ts$/,
    files: [/^runtime\/src\//],
    packages: [],
  },
  { name: 'sdk', folder: sdk, files: [gen], packages: [/^undici$/, /^fastify$/, /^@grpc\/grpc-js$/] },
  { name: 'contracts', folder: contracts, files: [], packages: [/^typebox$/] },
  {
    name: 'kit',
    folder: kit,
    files: [contracts, sdk],
    packages: [/^fastify$/, /^pg$/, /^@fastify\//, /^ajv$/, /^pino$/, /^typebox$/, /^prom-client$/],
  },
  {
    name: 'services',
    folder: /^services\/([^/]+)\//,
    isolated: true,
    files: [contracts, kit, sdk],
    packages: [/^fastify$/, /^pg$/, /^@fastify\//, /^undici$/, /^typebox$/],
  },
  {
    name: 'frontend',
    folder: /^frontend\//,
    files: [contracts],
    packages: [
      /^react(-dom(\/client)?)?$/,
      /^@tanstack\/(react-query|query-core)$/,
      /^wouter(\/|$)/,
      /^vite$/,
      /^@vitejs\//,
      /^@fontsource/,
      /^intl-messageformat$/,
      /^@formatjs\/icu-messageformat-parser$/,
    ],
  },
  {
    name: 'compatibility page',
    folder: /^infra\/compatibility\//,
    files: [
      /^infra\/launcher\/(folders|command-line)\.ts$/,
      surface,
      /^runtime\/src\/(components\/registry|host\/config\/flag-table)\.ts$/,
    ],
    packages: [],
  },
  {
    name: 'api documents',
    folder: /^infra\/api\//,
    // Generated from the schemas of messages and routes.
    files: [
      contracts,
      kit,
      /^services\/\w+\/src\/(provider\/)?routes\.ts$/,
      /^infra\/(topology|launcher\/folders)\.ts$/,
    ],
    packages: [/^yaml$/, /^fastify$/],
  },
  {
    name: 'infra',
    folder: /^infra\//,
    files: [],
    packages: [/^pg$/, /^yaml$/, /^@nats-io\//, /^@sparticuz\/chromium$/],
  },
  {
    name: 'e2e',
    folder: /^e2e\//,
    // The surface is data without imports: a test that attacks every route must list every route. `gen` is the protocol
    // itself, and so is the transport between sidecars.
    files: [contracts, surface, /^infra\//, /^runtime\/gen\//, /^runtime\/src\/cluster\/transport\//],
    packages: [
      /^playwright/,
      /^@sparticuz\/chromium$/,
      /^pg$/,
      /^@nats-io\//,
      /^yaml$/,
      /^fastify$/,
      /^undici$/,
      /^autocannon$/,
      /^@bufbuild\/protobuf/,
    ],
  },
];
