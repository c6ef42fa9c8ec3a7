import type { ServiceName } from './service-name.ts';
import { type Edit, insertion, listItem } from './text-edits.ts';

/** Every place outside its own folder that names a service, but the lock file. `infra/checks` compares them. */
export function serviceWiring({ app, identifier }: ServiceName, port: number): readonly Edit[] {
  const compose = 'docker-compose.yml';
  const dockerfile = 'infra/docker/Dockerfile';
  const pubsub = 'infra/components/pubsub.yaml';
  const routesPage = 'infra/api/routes-page.ts';
  const deadLetters = `${app}-dead-letters`;
  return [
    insertion('infra/topology.ts', '\n];\n\n/** The topic of an app', program(app, port)),
    listItem('services/contracts/src/apps.ts', /apps = \[([^\]]*)\]/, `'${app}'`, ', '),

    insertion(compose, '  # The simulated payment provider', containers(app, port)),
    listItem(compose, /STORE_APPS: (\S+)/, app, ','),
    insertion(compose, `      - 'provider-secrets:/var/lib/tidewater/provider'\n`, secretFolders(app)),
    insertion(compose, '  provider-secrets:\n', `  ${app}-secrets:\n  ${app}-sidecar-secrets:\n`),

    insertion(dockerfile, 'COPY frontend/package.json', `COPY services/${app}/package.json services/${app}/\n`),
    insertion(dockerfile, '--workspace services/storefront', ` \\\n    --workspace services/${app}`, 'after'),
    insertion(dockerfile, '    tidewater/provider ', `    tidewater/${app} tidewater/${app}-sidecar \\\n`),

    allowedTopic(pubsub, deadLetters),
    insertion(pubsub, '\n    - name: subscriptionScopes', `;\n        ${app}=${deadLetters}`),
    listItem(pubsub, /order=([a-z,-]*-dead-letters);/, deadLetters, ','),
    insertion(pubsub, '\nauth:', `;\n        ${app}=orders`),
    scope(pubsub, app),
    scope('infra/components/statestore.yaml', app),
    scope('infra/components/resiliency.yaml', app),
    insertion(
      'infra/components/resiliency.yaml',
      '    components:\n      pubsub:',
      `      ${app}: { timeout: query, retry: call }\n`,
    ),

    insertion(
      routesPage,
      'import { storefrontRoutes }',
      `import { ${identifier}Routes } from '../../services/${app}/src/routes.ts';\n`,
    ),
    insertion(
      routesPage,
      '  storefront: storefrontRoutes',
      `  ${app === identifier ? app : `'${app}'`}: ${identifier}Routes(unused),\n`,
    ),

    insertion(
      'services/README.md',
      '| `storefront` | nothing;',
      `| \`${app}\` | the last status of every order: its state store | – | \`orders\` | pub/sub, state, invoke |\n`,
    ),
  ];
}

const program = (app: string, port: number): string => `
  {
    app: '${app}',
    main: 'services/${app}/src/main.ts',
    port: ${port},
    sidecar: true,
    components: ['secrets', 'pubsub', 'statestore'],
    env: ['STAFF_TOKEN'],
    publishes: [],
    subscribes: ['orders'],
  },`;

const secretFolders = (app: string): string =>
  [app, `${app}-sidecar`].map((name) => `      - '${name}-secrets:/var/lib/tidewater/${name}'\n`).join('');

const containers = (app: string, port: number): string => `  ${app}:
    <<: *program
    command: [infra/docker/run.ts, services/${app}/src/main.ts]
    volumes: ['${app}-secrets:/run/tidewater:ro']
    environment:
      APP_PORT: '${port}'
      HEALTHY_URL: http://127.0.0.1:${port}/healthz
      DAPR_HTTP_ENDPOINT: http://${app}-sidecar:3500
  ${app}-sidecar:
    <<: *program
    command:
      - infra/docker/run.ts
      - runtime/src/main.ts
      - --app-id=${app}
      - --app-port=${port}
      - --app-channel-address=${app}
      - --dapr-http-port=3500
      # Other containers can reach these two ports; the first requires the app's token, the second the sidecars' shared secret.
      - --dapr-listen-addresses=0.0.0.0
      - --dapr-internal-grpc-listen-address=0.0.0.0
      - --dapr-internal-grpc-port=50002
      - --resources-path=infra/components
      - --config=infra/docker/configuration.yaml
    volumes: ['${app}-sidecar-secrets:/run/tidewater:ro']
    environment:
      HEALTHY_URL: http://127.0.0.1:3500/v1.0/healthz/outbound
      DAPR_HOST_IP: ${app}-sidecar
      OUTRIGGER_ALLOWED_HOSTS: ${app}-sidecar,127.0.0.1,localhost

`;

/** The scopes of a resource are the last lines of its file. */
function scope(file: string, app: string): Edit {
  const line = `  - ${app}\n`;
  return {
    file,
    add: (text) => (text.endsWith(line) ? text : text + line),
    remove: (text) => text.replace(new RegExp(`^${line}`, 'm'), ''),
  };
}

const lineWidth = 120;
const indent = ' '.repeat(8);

/** The topics of pubsub.yaml are sorted, in lines of at most 120 characters. */
function allowedTopic(file: string, topic: string): Edit {
  const list = /(- name: allowedTopics\n\s+value: >-\n)((?: {8}\S.*\n)+)/;
  const change = (text: string, edit: (topics: readonly string[]) => readonly string[]): string =>
    text.replace(list, (_, head: string, lines: string) => head + wrapped(edit(lines.split(/[\s,]+/).filter(Boolean))));
  return {
    file,
    add: (text) => change(text, (topics) => [...new Set([...topics, topic])].toSorted()),
    remove: (text) => change(text, (topics) => topics.filter((other) => other !== topic)),
  };
}

function wrapped(topics: readonly string[]): string {
  const lines: string[] = [];
  let line = indent;
  for (const [at, topic] of topics.entries()) {
    const part = at === topics.length - 1 ? topic : `${topic},`;
    if (line !== indent && line.length + part.length > lineWidth) {
      lines.push(line);
      line = indent;
    }
    line += part;
  }
  return `${[...lines, line].join('\n')}\n`;
}
