import { pause } from '@lumina/testbed';
import { addedOf } from '../accounts/added';
import { type StreamRecord, StreamEar, streamSummary } from '../accounts/stream-record';
import { closedLoop } from '../load/closed-loop';
import { LoadRecord } from '../load/load-record';
import type { Subject, Task } from '../subjects/subject';
import type { WorkContext } from './context';
import type { StreamFinding, StreamRound } from './findings';
import { interleaved } from './interleaved';
import { measured } from './round';

/** Over which time the clients of the long streams come. */
const arrivalMs = 1_000;

/** The first token of a short answer with one client, and every token of long ones with many. */
export async function streamFinding(context: WorkContext): Promise<StreamFinding> {
  const { options, subjects, direct, progress, signal } = context;
  const able = [direct, ...subjects.filter(({ canStream }) => canStream)];
  for (const subject of able) {
    progress(`stream: warming up ${subject.title}`);
    await closedLoop(() => heard(subject, 'chat', []), {
      clients: 1,
      seconds: options.warmUpSeconds,
      signal,
    });
  }
  const rounds = await interleaved(able, options.rounds, async (subject, round) => {
    signal.throwIfAborted();
    const found = await streamRound(subject, context);
    const [first, gap] = [found.first.firstMs?.p50, found.long.gapMs?.p99].map((ms) => ms?.toFixed(1) ?? '?');
    progress(
      `stream, round ${round + 1}/${options.rounds}: ${subject.title}: first token ${first} ms, p99 gap ${gap} ms`,
    );
    return found;
  });
  const firsts = (name: string) => (rounds[name] ?? []).map(({ first }) => first.firstMs);
  const added = Object.keys(rounds)
    .filter((name) => name !== direct.name)
    .map((name) => [name, addedOf(firsts(name), firsts(direct.name))] as const);
  return { rounds, added: Object.fromEntries(added), clients: options.clients };
}

async function streamRound(subject: Subject, context: WorkContext): Promise<StreamRound> {
  const { options, signal } = context;
  const first: StreamRecord[] = [];
  const short = await measured(subject, context, () =>
    closedLoop(() => heard(subject, 'chat', first), { clients: 1, seconds: options.seconds, signal }),
  );
  const long: StreamRecord[] = [];
  const cost = await measured(subject, context, async () => {
    const record = new LoadRecord();
    const come = async (_one: unknown, index: number): Promise<void> => {
      await pause((arrivalMs / options.clients) * index, signal);
      await record.time(() => heard(subject, 'stream', long));
    };
    await Promise.all(Array.from({ length: options.clients }, come));
    return record.load();
  });
  return { first: streamSummary(first), firstCost: short, long: streamSummary(long), longCost: cost };
}

async function heard(subject: Subject, task: Task, records: StreamRecord[]): Promise<void> {
  const ear = new StreamEar(() => performance.now());
  records.push(ear.record(await subject.stream(task, (text) => ear.hear(text))));
}
