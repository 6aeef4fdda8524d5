import { v5 as uuidV5 } from 'uuid';
import { checkpointId } from './checkpoint';
import type { LangGraphMessage } from './message-format';
import type { Frame, ProjectedRun, StreamMode } from './stream-modes';

type Values = Readonly<Record<string, unknown>>;

/** A task of LangGraph: the model is asked, or one tool call is run. */
export interface Task {
  readonly node: 'agent' | 'tools';
  /** What makes it one of its own in the run: the step, or the call's id. */
  readonly name: string;
}

export interface Moment {
  /** In the thread's journal. */
  readonly position: number;
  readonly atMs: number;
}

export interface Checkpoint extends Moment {
  readonly values: Values;
  readonly next: readonly string[];
  readonly source: 'input' | 'loop';
}

/** The modes `tasks` and `checkpoints`, and `debug`, which shows both in one form. */
export class SuperstepFrames {
  readonly isSilent: boolean;

  constructor(
    private readonly run: ProjectedRun,
    private readonly modes: ReadonlySet<StreamMode>,
  ) {
    this.isSilent = !['tasks', 'checkpoints', 'debug'].some((mode) => modes.has(mode as StreamMode));
  }

  started(task: Task, input: Values, moment: Moment): readonly Frame[] {
    const { run } = this.run;
    const about = { triggers: [`branch:to:${task.node}`], interrupts: [], metadata: { run_id: run } };
    return this.shown('tasks', 'task', { ...this.named(task), input, ...about }, moment);
  }

  ended(task: Task, message: LangGraphMessage, moment: Moment): readonly Frame[] {
    const outcome = { result: { messages: [message] }, interrupts: [], error: null };
    return this.shown('tasks', 'task_result', { ...this.named(task), ...outcome }, moment);
  }

  checkpoint({ values, next, source, ...moment }: Checkpoint): readonly Frame[] {
    const { run, thread } = this.run;
    const configurable = (position: number) => ({
      configurable: { thread_id: thread, checkpoint_ns: '', checkpoint_id: checkpointId(position) },
    });
    const metadata = { source, step: moment.position, parents: {}, thread_id: thread, run_id: run };
    const payload = { values, metadata, next };
    const [config, parent] = [configurable(moment.position), configurable(moment.position - 1)];
    const whole = { config, ...payload, tasks: [], parent_config: moment.position > 1 ? parent : null };
    return [
      ...(this.modes.has('checkpoints') ? [{ event: 'checkpoints', data: payload }] : []),
      ...this.debug('checkpoint', whole, moment),
    ];
  }

  private named({ node, name }: Task) {
    return { id: uuidV5(`${node}:${name}`, this.run.run), name: node };
  }

  private shown(mode: StreamMode, type: string, payload: object, moment: Moment): readonly Frame[] {
    const frames = this.modes.has(mode) ? [{ event: mode, data: payload }] : [];
    return [...frames, ...this.debug(type, payload, moment)];
  }

  private debug(type: string, payload: object, { position, atMs }: Moment): readonly Frame[] {
    if (!this.modes.has('debug')) return [];
    const data = { step: position, type, timestamp: new Date(atMs).toISOString(), payload };
    return [{ event: 'debug', data }];
  }
}
