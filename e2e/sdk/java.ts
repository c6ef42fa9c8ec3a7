import { globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Language, Missing } from './language.ts';
import { cachedFolder, requireTool, runStep } from './toolchain.ts';

const sources = join(import.meta.dirname, 'java');
const oldestJava = 17;

/** Maven fetches the SDK; the compiler of the JDK does the rest in two seconds. */
export const java: Language = {
  name: 'Java',
  async prepare({ home, say }) {
    const version = await requireTool('javac', '-version');
    const [, major = '0'] = /(\d+)/.exec(version) ?? [];
    if (Number(major) < oldestJava) throw new Missing(`the SDK's proof needs Java ${oldestJava}, here is ${version}`);
    const mvn = process.platform === 'win32' ? 'mvn.cmd' : 'mvn';
    await requireTool(mvn, '--version');
    const pom = join(sources, 'pom.xml');
    const packages = await cachedFolder('java', [pom], async (folder) => {
      say('fetching io.dapr from Maven Central (30 MB, once) …');
      // Maven is told where to work as well: it would make a folder beside the pom.
      const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
      await runStep(mvn, [...args, `-Dout=${home}`], { cwd: home, limitMs: 300_000 });
    });
    const classPath = [join(packages, '*'), join(home, 'classes')].join(delimiter);
    const files = globSync('src/**/*.java', { cwd: sources }).map((file) => join(sources, file));
    await runStep(
      'javac',
      ['-nowarn', '--release', `${oldestJava}`, '-cp', classPath, '-d', join(home, 'classes'), ...files],
      {
        limitMs: 120_000,
      },
    );
    return (['http', 'grpc'] as const).map((appProtocol) => ({
      name: `over ${appProtocol === 'http' ? 'HTTP' : 'gRPC'}`,
      appId: `java-${appProtocol}`,
      appProtocol,
      file: 'java',
      // A short life: no time is spent on what pays in the long run.
      args: [
        '-Xmx256m',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        '-cp',
        classPath,
        'tidewater.sdk.Main',
        appProtocol,
      ],
      cwd: home,
    }));
  },
};
