import { conversationAt } from '@lumina/agent';
import { type JournalEntry, LuminaError } from '@lumina/contracts';
import type { RunStore } from '@lumina/store';
import { BodyPipe } from '../../bodies/body.pipe';
import { CreateRunBody } from '../bodies';
import { checkpointId, positionOf } from '../checkpoint';
import { langGraphMessage } from '../message-format';
import { ownThread } from '../ownership';
import type { RunRequests } from '../run-requests';
import type { RunTarget } from '../run-target';
import { checkpointsOf, threadState } from '../thread-state';
import { lastSeqAt } from './protocol-projection';
import type { ThreadBell } from './thread-bell';

type Params = Readonly<Record<string, unknown>>;

export interface CommandOutcome {
  readonly result: object;
  /** All that happened up to here was there before the command. */
  readonly appliedThroughSeq: number;
}

interface Dependencies {
  readonly store: RunStore;
  readonly requests: RunRequests;
  readonly bell: ThreadBell;
}

const maxCheckpoints = 1_000;

/** The commands of LangGraph's thread protocol. */
export class ThreadCommands {
  private readonly bodies = new BodyPipe();

  constructor(private readonly dependencies: Dependencies) {}

  /** @throws LuminaError */
  async run(target: RunTarget, method: string, params: Params): Promise<CommandOutcome> {
    switch (method) {
      case 'run.start':
        return this.start(target, params);
      case 'input.respond':
        return this.respond(target, params);
      case 'state.get':
        checkReading(target);
        return this.state(target, params);
      case 'state.listCheckpoints':
        checkReading(target);
        return this.checkpoints(target, params);
      case 'state.fork':
        return this.fork(target, params);
      default:
        throw new LuminaError('LUM_NOT_OFFERED', `There is no command "${method}".`);
    }
  }

  private async start(target: RunTarget, params: Params): Promise<CommandOutcome> {
    const { requests, bell } = this.dependencies;
    const { config, assistant_id, input, command, metadata, multitask_strategy } = params;
    const checkpoint_id = configured(config, 'checkpoint_id');
    const given = { assistant_id, input, command, metadata, multitask_strategy, checkpoint_id };
    const before = await this.journal(target).catch(() => []);
    const { snapshot } = await requests.accept(target, this.runBody({ ...given, if_not_exists: 'create' }));
    bell.ring(target.thread);
    const applied = lastSeqAt(snapshot.start === undefined ? before.length : snapshot.start - 1);
    return { result: { run_id: snapshot.run }, appliedThroughSeq: applied };
  }

  private async respond(target: RunTarget, params: Params): Promise<CommandOutcome> {
    const { requests, bell } = this.dependencies;
    const before = await this.journal(target);
    const entries = Array.isArray(params['responses']) ? (params['responses'] as unknown[]) : [params];
    const responses = new Map(entries.map(readResponse));
    const run = await requests.respond(target, responses);
    bell.ring(target.thread);
    return { result: { run_id: run }, appliedThroughSeq: lastSeqAt(before.length) };
  }

  private async state(target: RunTarget, { keys }: Params): Promise<CommandOutcome> {
    const journal = await this.journal(target);
    const all = { messages: conversationAt(journal, journal.length).map(langGraphMessage) };
    const values = Array.isArray(keys) && !keys.includes('messages') ? {} : all;
    const checkpoint = journal.length === 0 ? {} : { checkpoint: { id: checkpointId(journal.length) } };
    return { result: { values, ...checkpoint }, appliedThroughSeq: lastSeqAt(journal.length) };
  }

  private async checkpoints(target: RunTarget, { limit = 10, before }: Params): Promise<CommandOutcome> {
    const { store } = this.dependencies;
    const snapshot = await ownThread(store, target.thread, target.caller.tenant);
    const journal = await this.journal(target);
    if (!Number.isInteger(limit) || Number(limit) < 1 || Number(limit) > maxCheckpoints)
      throw invalid('params.limit', `a whole number from 1 to ${maxCheckpoints}`);
    const end = typeof before === 'string' ? positionOf(before, journal.length) : journal.length + 1;
    const checkpoints = checkpointsOf(journal, end, Number(limit)).map((position) => {
      const state = threadState(snapshot, journal, { position, interrupts: [] });
      return {
        id: state.checkpoint.checkpoint_id,
        timestamp: state.created_at,
        step: position,
        metadata: state.metadata,
      };
    });
    return { result: { checkpoints }, appliedThroughSeq: lastSeqAt(journal.length) };
  }

  /** Begins a run from a checkpoint. */
  private async fork(target: RunTarget, params: Params): Promise<CommandOutcome> {
    const { store, requests, bell } = this.dependencies;
    const { agent } = await ownThread(store, target.thread, target.caller.tenant);
    const { checkpoint_id, input, assistant_id = agent } = params;
    if (typeof checkpoint_id !== 'string') throw invalid('params.checkpoint_id', 'the id of a checkpoint');
    const before = await this.journal(target);
    const { snapshot } = await requests.accept(target, this.runBody({ assistant_id, input, checkpoint_id }));
    bell.ring(target.thread);
    const result = { run_id: snapshot.run, thread_id: snapshot.thread };
    return { result, appliedThroughSeq: lastSeqAt(before.length) };
  }

  private async journal({ thread, caller }: RunTarget): Promise<readonly JournalEntry[]> {
    const { store } = this.dependencies;
    await ownThread(store, thread, caller.tenant);
    return store.journal(thread);
  }

  private runBody(given: Params): CreateRunBody {
    return this.bodies.transform(given, { type: 'body', metatype: CreateRunBody }) as CreateRunBody;
  }
}

function checkReading({ caller }: RunTarget): void {
  if (caller.scopes.has('runs:read')) return;
  throw new LuminaError('LUM_FORBIDDEN', 'This API key lacks the scope runs:read.');
}

function readResponse(entry: unknown, index: number): readonly [string, unknown] {
  const { interrupt_id: id, response } = (entry ?? {}) as { interrupt_id?: unknown; response?: unknown };
  if (typeof id === 'string') return [id, response];
  throw invalid(`params.responses.${index}.interrupt_id`, 'the id of an interrupt');
}

function configured(config: unknown, name: string): unknown {
  const { configurable } = (config ?? {}) as { configurable?: Record<string, unknown> | null };
  return configurable?.[name];
}

function invalid(field: string, expected: string): LuminaError {
  return new LuminaError('LUM_VALIDATION_FAILED', `${field}: expected ${expected}`, {
    fields: [{ field, expected }],
  });
}
