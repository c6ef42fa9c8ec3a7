import { globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Language, Missing } from './language.ts';
import { cachedFolder, requireTool, runStep } from './toolchain.ts';

const sources = join(import.meta.dirname, 'java');
const oldestJava = 17;

/** Maven fetches the SDK; the compiler of the JDK builds the program in two seconds. */
export const java: Language = {
  name: 'Java',
  async prepare({ home, print }) {
    const version = await requireTool('javac', '-version');
    const [, major = '0'] = /(\d+)/.exec(version) ?? [];
    if (Number(major) < oldestJava) throw new Missing(`the SDK's proof needs Java ${oldestJava}, here is ${version}`);
    const pom = join(sources, 'pom.xml');
    const packages = await cachedFolder('java', [pom], async (folder) => {
      const mvn = process.platform === 'win32' ? 'mvn.cmd' : 'mvn';
      await requireTool(mvn, '--version');
      print('fetching io.dapr from Maven Central (30 MB, once) …');
      // Maven would otherwise create a folder beside the pom.
      const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
      await runStep(mvn, [...args, `-Dout=${home}`], { cwd: home, limitMs: 300_000 });
    });
    const files = globSync('src/**/*.java', { cwd: sources })
      .toSorted()
      .map((file) => join(sources, file));
    const classes = await cachedFolder('java-classes', [pom, ...files], async (folder) => {
      const options = ['-nowarn', '--release', `${oldestJava}`, '-cp', join(packages, '*'), '-d', folder];
      await runStep('javac', [...options, ...files], { limitMs: 120_000 });
    });
    const classPath = [join(packages, '*'), classes].join(delimiter);
    return (['http', 'grpc'] as const).map((appProtocol) => ({
      name: `over ${appProtocol === 'http' ? 'HTTP' : 'gRPC'}`,
      appId: `java-${appProtocol}`,
      appProtocol,
      file: 'java',
      // The program runs briefly: no optimising compiler.
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
