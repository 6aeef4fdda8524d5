import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  type KubernetesObject,
  type PodPlan,
  at,
  listAt,
  nameOf,
  podPlansOf,
  textAt,
} from '../kubernetes-object';
import { root } from './house';
import { imageDefaults } from './images';

const run = promisify(execFile);

/** A container's program, taken literally: the image's entry point and variables, the container's command, arguments and variables. */
export interface PodProgram {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What its probes ask. */
  readonly asks: readonly { readonly path: string; readonly port: string }[];
  /** Where Prometheus would read it. */
  readonly metricsPort?: string;
}

interface Told {
  readonly name: string;
  /** What it ended with. */
  readonly code: number | string | null;
  /** The last of what it printed. */
  readonly said: string;
}

export interface Seen {
  readonly programs: readonly (Told & {
    /** By port and path, the status. */
    readonly answers: Readonly<Record<string, number | string>>;
    readonly metrics: readonly string[];
  })[];
  readonly last?: Told;
}

/** As Docker sets it where an image does not. */
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const imageName = /([a-z-]+):[^/]*$/;

function programOf({ of, containers }: PodPlan): PodProgram {
  const [container] = containers;
  const target = imageName.exec(textAt(container, 'image'))?.[1] ?? '';
  const image = imageDefaults(target);
  if (image === undefined) throw new Error(`${nameOf(of)}: the Dockerfile makes no ${target}`);
  const command = listAt(container, 'command').map(String);
  const variables = listAt(container, 'env').map((one) => [textAt(one, 'name'), textAt(one, 'value')]);
  const ports = new Map(
    listAt(container, 'ports').map((port) => [textAt(port, 'name'), textAt(port, 'containerPort')]),
  );
  const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((kind) =>
    at(container, kind, 'httpGet'),
  );
  const port = ports.get('http');
  return {
    name: of.metadata.name,
    command: [...(command.length > 0 ? command : image.entrypoint), ...listAt(container, 'args').map(String)],
    env: { PATH: searchPath, ...image.env, ...(Object.fromEntries(variables) as Record<string, string>) },
    asks: probes
      .filter((probe) => probe !== undefined)
      .map((probe) => ({ path: textAt(probe, 'path'), port: ports.get(textAt(probe, 'port')) ?? '' })),
    ...(target === 'simulated-model' || port === undefined ? {} : { metricsPort: port }),
  };
}

export const programsOf = (objects: readonly KubernetesObject[]): readonly PodProgram[] =>
  podPlansOf(objects).map(programOf);

/** What Secrets and ConfigMaps put into containers, by path; pods of one release mount the same things in the same places. */
function filesOf(objects: readonly KubernetesObject[]): Readonly<Record<string, string>> {
  const contentOf = (kind: string, name: string): Readonly<Record<string, string>> => {
    const object = objects.find((one) => nameOf(one) === `${kind}/${name}`);
    const data = (at(object, 'data') ?? {}) as Readonly<Record<string, string>>;
    if (kind === 'ConfigMap') return data;
    const decoded = Object.entries(data).map(([key, text]) => [
      key,
      Buffer.from(text, 'base64').toString('utf8'),
    ]);
    return Object.fromEntries(decoded) as Record<string, string>;
  };
  const files = podPlansOf(objects).flatMap(({ spec, containers: [container] }) =>
    listAt(container, 'volumeMounts').flatMap((mount) => {
      const volume = listAt(spec, 'volumes').find((one) => textAt(one, 'name') === textAt(mount, 'name'));
      const secret = {
        ...(at(volume, 'secret') as object | undefined),
        name: textAt(volume, 'secret', 'secretName'),
      };
      const secrets = [
        secret,
        ...listAt(volume, 'projected', 'sources').map((source) => at(source, 'secret')),
      ];
      const mapped = secrets.flatMap((one) =>
        listAt(one, 'items').map((item) => [
          textAt(item, 'path'),
          contentOf('Secret', textAt(one, 'name'))[textAt(item, 'key')] ?? '',
        ]),
      );
      const whole = Object.entries(contentOf('ConfigMap', textAt(volume, 'configMap', 'name')));
      return [...mapped, ...whole].map(([path = '', text = '']) => [
        `${textAt(mount, 'mountPath')}/${path}`,
        text,
      ]);
    }),
  );
  return Object.fromEntries(files) as Readonly<Record<string, string>>;
}

export interface SideBySide {
  readonly folder: string;
  readonly objects: readonly KubernetesObject[];
  readonly programs: readonly PodProgram[];
  /** Does its work once all the others are there. */
  readonly last?: PodProgram;
  /** Names that lead to this network. */
  readonly names: readonly string[];
}

/**
 * Runs programs of rendered pods for real, side by side in a network of their own beside a Redis: their user, a root that cannot be
 * written, memory at `/tmp` and `/workspaces`, and no variable and no file but those that they were given.
 */
export async function sideBySide({ folder, objects, programs, last, names }: SideBySide): Promise<Seen> {
  const at = (path: string): string => join(folder, path);
  const files = filesOf(objects);
  for (const [path, text] of Object.entries({
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [join('files', path), text])),
    'etc/hosts': `127.0.0.1 localhost ${names.join(' ')}\n`,
    'etc/nsswitch.conf': 'hosts: files\n',
    'plan.json': JSON.stringify({ beside: [redis], programs, last }),
  })) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  }
  const mounted = [...new Set(Object.keys(files).map((path) => dirname(path)))];
  const ours = ['dist', 'node_modules', 'lumina.yaml', 'package.json'];
  const { stdout } = await run(
    'bwrap',
    [
      ...['--unshare-all', '--die-with-parent', '--uid', '10001', '--gid', '10001', '--cap-drop', 'ALL'],
      ...['--tmpfs', '/', '--proc', '/proc', '--dev', '/dev', '--ro-bind', '/usr', '/usr'],
      ...['bin', 'sbin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
      ...['--tmpfs', '/usr/local/bin', '--ro-bind', process.execPath, '/usr/local/bin/node'],
      ...ours.flatMap((name) => ['--ro-bind', join(root, name), `/lumina/${name}`]),
      ...['--ro-bind', at('etc'), '/etc', '--ro-bind', folder, '/plan'],
      ...mounted.flatMap((path) => ['--ro-bind', at(join('files', path)), path]),
      ...['--ro-bind', join(root, 'tools/charts/testing'), '/testing'],
      ...[
        '--tmpfs',
        '/tmp',
        '--tmpfs',
        '/workspaces',
        '--remount-ro',
        '/',
        '--clearenv',
        '--chdir',
        '/lumina',
      ],
      ...['/usr/local/bin/node', '/testing/side-by-side.mjs', '/plan/plan.json'],
    ],
    { maxBuffer: 16 * 1_048_576 },
  );
  return JSON.parse(stdout) as Seen;
}

const redis = {
  name: 'redis',
  command: ['redis-server', '--port', '6379', '--bind', '127.0.0.1', '--save', '', '--dir', '/tmp'],
  env: { PATH: searchPath },
};
