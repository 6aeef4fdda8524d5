import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxSpec } from '../sandbox';
import { type Architecture, syscallNumber, syscalls } from '../seccomp/syscall-numbers';

/** For tests: something to attack, all of it the test's own, and eyes on all of it. */
export interface AttackField {
  readonly spec: Pick<SandboxSpec, 'workspace'>;
  /** What the attack is told, on its standard input. */
  readonly facts: string;
  /** What has been changed or reached outside of the workspace, in words; empty when nothing was. */
  damage(): Promise<readonly string[]>;
  /** Runs an attack without any sandbox. */
  runPlainly(script: string): Promise<string>;
  remove(): Promise<void>;
}

/** Before each attack: its tools, and the facts from the standard input. */
export const attackPrelude = String.raw`
use Socket qw(inet_aton pack_sockaddr_in);
my %F; while (my $line = <STDIN>) { chomp $line; my ($k, $v) = split /=/, $line, 2; $F{$k} = $v }
sub slurp { my $f; open($f, "<", $_[0]) or return ""; local $/; my $t = <$f>; defined $t ? $t : "" }
sub touch { my $f; open($f, ">", $_[0]); close $f }
sub call {
  my ($name, @a) = @_;
  my $number = $F{"call-$name"};
  if (!defined $number) { $! = 38; return -1 }
  syscall(0 + $number, map { /^-?\d+$/ ? 0 + $_ : $_ } @a)
}
sub reached { my $e = 0 + $!; $_[0] != -1 || !grep { $_ == $e } 1, 13, 38, 95, 97 }
sub forked {
  my $p = call("clone", $_[0], 0, 0, 0, 0);
  if ($p == 0) { call("exit", 0) }
  $p > 0
}
`;

export const attackScript = (perl: string): string =>
  `${attackPrelude}\nour ($f, $d, @d, $s, $a, $b, $r, $w, $i, $p, $t, $c, $data);\nmy $won = do { ${perl} };\nprint $won ? "GOT IN\n" : "held\n";`;

const callFacts = (architecture: Architecture): readonly string[] =>
  [...syscalls, 'capget' as const].flatMap((name) => {
    const number =
      name === 'capget' ? { x64: 125, arm64: 90 }[architecture] : syscallNumber(name, architecture);
    return number === undefined ? [] : [`call-${name}=${number}`];
  });

interface Ears {
  readonly tcp: Server;
  readonly abstract: Server;
  readonly path: Server;
  readonly udp: ReturnType<typeof createSocket>;
}

const listening = (server: Server, at: object): Promise<void> =>
  new Promise((resolve) => server.listen(at, resolve));

async function open(ears: Ears, names: { abstract: string; socket: string }): Promise<void> {
  await listening(ears.tcp, { port: 0, host: '::' });
  await listening(ears.abstract, { path: `\0${names.abstract}` });
  await listening(ears.path, { path: names.socket });
  await new Promise<void>((resolve) => ears.udp.bind(0, '127.0.0.1', resolve));
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const modeOf = async (path: string): Promise<string> => {
  const { mode, uid, mtimeMs } = await stat(path);
  return `${mode.toString(8)} of ${uid}${path === '/dev/null' ? '' : ` at ${mtimeMs}`}`;
};

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 15));

interface Places {
  readonly folder: string;
  readonly workspace: string;
  readonly outside: string;
  readonly canary: string;
  readonly sealed: string;
  readonly nonce: string;
}

async function layOut(): Promise<Places> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lumina-attack-')));
  const [workspace, outside] = [join(folder, 'workspace'), join(folder, 'outside')];
  const sealed = join(workspace, 'sealed');
  for (const path of [workspace, outside, sealed]) await mkdir(path);
  const canary = join(outside, 'canary');
  await writeFile(canary, 'CANARY\n');
  await writeFile(join(sealed, 'key'), 'SEALED\n');
  const nonce = `lumina-${randomUUID()}`;
  await writeFile(join('/dev/shm', nonce), '');
  return { folder, workspace, outside, canary, sealed, nonce };
}

function earsFor(heard: string[]): Ears {
  const ears = {
    ...{ tcp: createServer(), abstract: createServer(), path: createServer(), udp: createSocket('udp4') },
  };
  for (const name of ['tcp', 'abstract', 'path'] as const)
    ears[name].on('connection', (socket) => {
      heard.push(`${name} was connected to`);
      socket.destroy();
    });
  ears.udp.on('message', () => heard.push('a datagram arrived'));
  return ears;
}

type Look = () => Promise<readonly string[]>;

/** What has become of the places and the neighbour since this was called. */
async function watchOver(places: Places, neighbour: ChildProcess): Promise<Look> {
  const { canary, outside, sealed, nonce, workspace } = places;
  const before = { canary: await modeOf(canary), device: await modeOf('/dev/null') };
  const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  return async () => {
    const changes = [
      (await textOf(canary)) !== 'CANARY\n' && 'the canary has changed',
      (await modeOf(canary).catch(() => '')) !== before.canary &&
        "the canary's mode, owner or times have changed",
      (await modeOf('/dev/null')) !== before.device && 'a device has changed',
      (await readdir(outside)).join() !== 'canary' && 'there is something new outside',
      (await stat(join('/tmp', nonce)).catch(() => undefined)) !== undefined && 'there is a file in /tmp',
      (await textOf(join(sealed, 'key'))) !== 'SEALED\n' && 'the sealed key is gone',
      hasEnded(neighbour) && 'the neighbour was ended',
      (await privilegedFiles(workspace)) && 'there is a setuid file',
    ];
    return changes.filter((change) => change !== false);
  };
}

function runPlainly(script: string, workspace: string, facts: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: workspace, env: { TOKEN: 'SECRET', PATH: '/usr/bin:/bin' }, timeout: 5_000 };
    const child = execFile('/usr/bin/perl', ['-e', script], options, (_error, stdout) => resolve(stdout));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(facts);
  });
}

export async function attackField(architecture: Architecture): Promise<AttackField> {
  const places = await layOut();
  const { folder, workspace, outside, sealed, canary, nonce } = places;
  const heard: string[] = [];
  const ears = earsFor(heard);
  const socket = join(folder, 'listening');
  await open(ears, { abstract: nonce, socket });
  const neighbour = spawn('/usr/bin/perl', ['-e', 'sleep 60', 'NEIGHBOUR'], {
    ...{ env: { TOKEN: 'SECRET' }, cwd: outside, detached: true, stdio: 'ignore' },
  });
  const look = await watchOver(places, neighbour);
  const facts = [
    ...[`canary=${canary}`, `outside=${outside}`, `sealed=${join(sealed, 'key')}`, `nonce=${nonce}`],
    ...[`neighbour=${neighbour.pid ?? 0}`, `tcp=${(ears.tcp.address() as AddressInfo).port}`],
    ...[
      `udp=${ears.udp.address().port}`,
      `abstract=${nonce}`,
      `socket=${socket}`,
      ...callFacts(architecture),
    ],
  ].map((fact) => `${fact}\n`);
  return {
    spec: { workspace: { path: workspace, sealed: [sealed] } },
    facts: facts.join(''),
    async damage() {
      await settle();
      return [...(await look()), ...heard];
    },
    runPlainly: (script) => runPlainly(script, workspace, facts.join('')),
    async remove() {
      neighbour.kill('SIGKILL');
      for (const server of [ears.tcp, ears.abstract, ears.path]) server.close();
      ears.udp.close();
      for (const path of [folder, join('/dev/shm', nonce), join('/tmp', nonce)])
        await rm(path, { recursive: true, force: true });
    },
  };
}

async function privilegedFiles(folder: string): Promise<boolean> {
  const modes = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const { mode } = await stat(join(folder, name)).catch(() => ({ mode: 0 }));
      return (mode & 0o6000) !== 0;
    }),
  );
  return modes.includes(true);
}
