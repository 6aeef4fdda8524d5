import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { pause, programs } from '@lumina/testbed';
import { type Monitored, commandsOutside, parseMonitored } from '../accounts/redis-trace';
import type { Subject, Task } from '../subjects/subject';
import type { WorkContext } from './context';

const runs = 50;
const settleMs = 300;

/** What each subject asks of its Redis for one run, command by command; taken apart from all timing, for it slows Redis down. */
export async function traced(
  task: Task,
  { subjects }: WorkContext,
): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
  const traces: Record<string, Readonly<Record<string, number>>> = {};
  for (const subject of subjects) {
    if (subject.redis === undefined || !subject.tasks.has(task)) continue;
    const lines = await monitored(subject.redis, async () => {
      for (let run = 0; run < runs; run += 1) await subject.ask(task);
    });
    traces[subject.name] = commandsOutside(lines, runs, scriptNames());
  }
  return traces;
}

async function monitored(
  { host, port }: NonNullable<Subject['redis']>,
  work: () => Promise<void>,
): Promise<readonly Monitored[]> {
  const socket = connect(port, host);
  const lines: Monitored[] = [];
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\r\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      const found = parseMonitored(line);
      if (found !== undefined) lines.push(found);
    }
  });
  try {
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.write('MONITOR\r\n');
    await pause(settleMs);
    lines.length = 0;
    await work();
    await pause(settleMs);
    return lines;
  } finally {
    socket.destroy();
  }
}

/** By the digests under which they are loaded: the run store's scripts and those of BullMQ. */
function scriptNames(): ReadonlyMap<string, string> {
  return new Map(
    [...storeScripts(), ...queueScripts()].map(([name, source]) => [digest(source), name] as const),
  );
}

const load = createRequire(__filename);

const digest = (source: string): string => createHash('sha1').update(source).digest('hex');

type NamedSource = readonly [name: string, source: string];

function storeScripts(): readonly NamedSource[] {
  const { scripts } = load(join(programs, 'libs/store/src/scripts')) as {
    readonly scripts: ReadonlyMap<string, { readonly source: string }>;
  };
  return [...scripts].map(([name, { source }]) => [name, source] as const);
}

/** BullMQ keeps its scripts as strings in modules, beside what it exports. */
function queueScripts(): readonly NamedSource[] {
  const folder = join(dirname(load.resolve('bullmq')), 'scripts');
  const modules = readdirSync(folder).filter((file) => /-\d+\.js$/.test(file));
  return modules.flatMap((file) =>
    Object.values(load(join(folder, file)) as Readonly<Record<string, unknown>>).flatMap((exported) => {
      const { name, content } = exported as { readonly name?: string; readonly content?: string };
      return name === undefined || content === undefined ? [] : [[`BullMQ ${name}`, content] as const];
    }),
  );
}
