import { LuminaError } from '@lumina/contracts';
import type { Interventions, RunAbout, RunAfter, RunSnapshot, RunStore } from '@lumina/store';
import { readRunInput } from '../bodies/run-input';
import { familyOfRun, members } from '../interventions/family';
import type { RunIntake } from '../runs/run-intake';
import { type CreateRunBody, checkpointIdIn, modesOf } from './bodies';
import { positionOf } from './checkpoint';
import { type Cursor, afterEvent, beginning } from './cursor';
import { interruptIdOf } from './interrupt';
import { ownRun, ownThread } from './ownership';
import { type Resume, readResume } from './resume';
import type { RunTarget } from './run-target';

/** A run to show, from where on, and where the client may find it again. */
export interface RequestedRun {
  readonly snapshot: RunSnapshot;
  readonly after: Cursor;
  readonly headers: Readonly<Record<string, string>>;
  /** It was there before and goes on. */
  readonly isResumed: boolean;
}

interface Dependencies {
  readonly store: RunStore;
  readonly intake: RunIntake;
  readonly interventions: Interventions;
}

/** What clients of the LangGraph API ask for when they post a run: a new one, or to go on with one that waits for them. */
export class RunRequests {
  constructor(private readonly dependencies: Dependencies) {}

  async accept(target: RunTarget, body: CreateRunBody): Promise<RequestedRun> {
    if (target.thread !== '' && !isUuid(target.thread)) throw threadNotFound(target.thread);
    return body.command === undefined ? this.begin(target, body) : this.resume(target, body);
  }

  async cancel({ run, thread, caller }: RunTarget, isRollback: boolean): Promise<RunSnapshot> {
    const place = thread === '' ? { run } : { run, thread };
    const snapshot = await ownRun(this.dependencies.store, place, caller.tenant);
    await this.dependencies.interventions.cancel(run, { by: caller.name, reason: undefined, isRollback });
    return snapshot;
  }

  private async begin(
    { thread, caller, idempotencyKey }: RunTarget,
    body: CreateRunBody,
  ): Promise<RequestedRun> {
    const { store, intake } = this.dependencies;
    const { tenant } = caller;
    const strategy = body.multitask_strategy ?? 'enqueue';
    const isOwnThread = thread === '';
    const input = readRunInput(body.input);
    const before =
      strategy === 'interrupt' || strategy === 'rollback' ? await store.thread(thread) : undefined;
    const planned = intake.plan({
      tenant,
      user: caller.user ?? caller.name,
      agent: body.assistant_id,
      thread: isOwnThread ? undefined : thread,
      input: input.isValid ? input.messages : [],
      ifThreadMissing: body.if_not_exists === 'create' ? 'create' : 'require',
      ifThreadBusy: strategy === 'reject' ? 'reject' : 'enqueue',
      metadata: isOwnThread ? {} : (body.metadata ?? {}),
      about: aboutIn(body),
      after: afterIn(body, isOwnThread),
      idempotencyKey,
      rewindTo: await this.rewindOf(thread, tenant, body),
    });
    const accepted = await intake.accept(planned);
    const active = before?.tenant === tenant ? before.activeRun : undefined;
    let snapshot = await ownRun(store, { run: accepted.run }, tenant);
    // A repeat too: the gateway that accepted the run may have died before it told the other to stop.
    if (active !== undefined && active !== accepted.run && snapshot.status === 'queued') {
      await this.makeWay(active, caller.name, strategy === 'rollback');
      snapshot = await ownRun(store, { run: accepted.run }, tenant);
    }
    return { snapshot, after: beginning, headers: locationsOf(snapshot, body), isResumed: false };
  }

  /** The new run is accepted and waits for its thread; what is under way there is told to stop. */
  private async makeWay(run: string, by: string, isRollback: boolean): Promise<void> {
    try {
      await this.dependencies.interventions.cancel(run, {
        by,
        reason: 'a newer run takes its place',
        isRollback,
      });
    } catch (error) {
      const hasEnded =
        error instanceof LuminaError && (error.code === 'LUM_RUN_ENDED' || error.code === 'LUM_CONFLICT');
      if (!hasEnded) throw error;
    }
  }

  /** Another tenant's thread has no checkpoints, like one that does not exist. */
  private async rewindOf(thread: string, tenant: string, body: CreateRunBody): Promise<number | undefined> {
    const id = checkpointIdIn(body);
    if (id === undefined || thread === '') return undefined;
    const { store } = this.dependencies;
    const isOwn = (await store.thread(thread))?.tenant === tenant;
    const journal = isOwn ? await store.journal(thread) : [];
    const position = positionOf(id, journal.length);
    return position === journal.length ? undefined : position;
  }

  /**
   * Answers questions of the thread's run and its subagents', each by the id of its interrupt. Returns the run that waited.
   *
   * @throws LuminaError LUM_APPROVAL_NOT_PENDING when one of them is asked by nobody
   */
  async respond(target: RunTarget, responses: ReadonlyMap<string, unknown>): Promise<string> {
    const { snapshot, states } = await this.waiting(target);
    const asking = new Map(states.map((state) => [interruptIdOf(state), state]));
    const answered = [...responses].map(([id, response]) => {
      const state = asking.get(id);
      if (state === undefined)
        throw new LuminaError('LUM_APPROVAL_NOT_PENDING', `Nothing waits for an answer to ${id}.`);
      return readResume({ resume: response }, [state], target.caller.name, isFunder(target));
    });
    for (const resume of answered.flat()) await this.decide(resume);
    return snapshot.run;
  }

  /**
   * Decides about everything that the thread's run and its subagents' wait with, and shows what follows. All decisions about one
   * run count together; of several runs, those before one that is refused stand.
   */
  private async resume(target: RunTarget, body: CreateRunBody): Promise<RequestedRun> {
    const { snapshot, states } = await this.waiting(target);
    const byId = responsesIn(body.command);
    if (byId === undefined)
      for (const resume of readResume(body.command, states, target.caller.name, isFunder(target)))
        await this.decide(resume);
    else await this.respond(target, byId);
    const after = afterEvent(snapshot.lastSeq);
    return { snapshot, after, headers: locationsOf(snapshot, body), isResumed: true };
  }

  private async waiting({ thread, caller }: RunTarget) {
    const { store } = this.dependencies;
    if (!caller.scopes.has('approve')) {
      throw new LuminaError('LUM_FORBIDDEN', 'This API key lacks the scope approve.');
    }
    const { activeRun } = await ownThread(store, thread, caller.tenant);
    if (activeRun === undefined)
      throw new LuminaError(
        'LUM_APPROVAL_NOT_PENDING',
        'The command resumes nothing: no run of this thread waits.',
      );
    const snapshot = await ownRun(store, { run: activeRun, thread }, caller.tenant);
    return { snapshot, states: members(await familyOfRun(store, snapshot)) };
  }

  private async decide(resume: Resume): Promise<void> {
    const { interventions } = this.dependencies;
    if (resume.kind === 'budget') await interventions.answerBudget(resume.run, resume.answer);
    else await interventions.answer(resume.run, resume.answers);
  }
}

/** `command: {resume: {"<interrupt id>": …}}`: answers by the ids of what they answer. */
function responsesIn(command: unknown): ReadonlyMap<string, unknown> | undefined {
  const { resume } = (command ?? {}) as { resume?: unknown };
  if (typeof resume !== 'object' || resume === null || Array.isArray(resume)) return undefined;
  const entries = Object.entries(resume);
  const isById = entries.length > 0 && entries.every(([id]) => /^[0-9a-f]{32}$/.test(id));
  return isById ? new Map(entries) : undefined;
}

/** What is shown with the run again. Most runs say nothing of themselves, and cost nothing more then. */
function aboutIn(body: CreateRunBody): RunAbout | undefined {
  const { metadata, multitask_strategy: multitaskStrategy, stream_mode: mode } = body;
  if (metadata === undefined && multitaskStrategy === undefined && mode === undefined) return undefined;
  return {
    ...(metadata === undefined ? {} : { metadata }),
    ...(multitaskStrategy === undefined ? {} : { multitaskStrategy }),
    ...(mode === undefined ? {} : { streamModes: [...modesOf(body)] }),
  };
}

function afterIn(
  { webhook, on_completion: completion = 'delete' }: CreateRunBody,
  isOwnThread: boolean,
): RunAfter | undefined {
  const isForgotten = isOwnThread && completion === 'delete';
  if (webhook === undefined && !isForgotten) return undefined;
  return {
    ...(webhook === undefined ? {} : { webhook }),
    ...(isForgotten ? { forgetMs: ownThreadKeptMs } : {}),
  };
}

/** So long the thread of a run without one can be read after the run's end: its client may come back for it. */
const ownThreadKeptMs = 3_600_000;

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

const threadNotFound = (thread: string): LuminaError =>
  new LuminaError('LUM_THREAD_NOT_FOUND', `Thread with ID ${thread} not found`);

/** The SDK reads the run's id from one; from the other it knows that it may come back, and where, and for which modes. */
function locationsOf({ thread, run }: RunSnapshot, body: CreateRunBody): Readonly<Record<string, string>> {
  const path = `/threads/${thread}/runs/${run}`;
  const modes = new URLSearchParams(
    [...modesOf(body)].map((mode): [string, string] => ['stream_mode', mode]),
  );
  return { 'content-location': path, location: `${path}/stream?${modes.toString()}` };
}

/** Whether who asks may add to budgets over many runs. */
const isFunder = ({ caller }: RunTarget): boolean => caller.scopes.has('budgets');
