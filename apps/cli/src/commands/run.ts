import { randomUUID } from 'node:crypto';
import type { Command } from '../command-line/command';
import { parseOptions } from '../command-line/options';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { type DataFolder, dataFolder } from '../data/data-folder';
import { developmentKey } from '../data/dev-key';
import { readFrame } from '../runs/frame-reading';
import { adviceFor } from '../runs/problem';
import { type RunEnding, type RunRequest, type Seen, followRun } from '../runs/run-frames';
import { type RunOutcome, RunWatch } from '../runs/run-watch';
import { settle } from '../runs/settlement';
import { isThreadId, linkWorkspace, realFolder } from '../runs/workspace-link';
import { type StackState, urlOf } from '../stack/stack-state';
import { wantedStack } from '../stack/wanted-stack';

const usage = `Usage: lumina run "TASK" [--agent NAME] [--thread ID] [--workspace DIR] [--json] [--yes]

Gives the agent a task, streams its answer to stdout and its tool calls to stderr. Starts the stack if none is running.

  --agent NAME      which agent (default: defaultAgent of lumina.yaml)
  --thread ID       go on in this conversation (default: a new one)
  --workspace DIR   the folder that the agent's tools work in (default: one of the thread's own)
  --json            one JSON object a line on stdout, {"event", "data"} for each frame, and nothing else
  --yes             approve what would be asked
  --verbose         show what the tools answered, too
  --data DIR        which stack (default: LUMINA_DATA, else .lumina)

Exit codes: 0 the run succeeded, 1 it failed, 2 wrong usage, 3 a person must decide, 130 interrupted: the run goes on.
`;

const options = {
  agent: { type: 'string' },
  thread: { type: 'string' },
  workspace: { type: 'string' },
  json: { type: 'boolean' },
  yes: { type: 'boolean' },
  verbose: { type: 'boolean' },
  data: { type: 'string' },
} as const;

interface RunOptions {
  readonly task: string;
  readonly agent: string | undefined;
  readonly thread: string;
  /** Absolute, without links. */
  readonly workspace: string | undefined;
  readonly isJson: boolean;
  readonly isVerbose: boolean;
  /** Approve what would be asked. */
  readonly isYes: boolean;
  readonly data: DataFolder;
}

const wrong = (message: string): never => {
  throw new Refusal(`${message}\n\n${usage.trimEnd()}`, exitCodes.usage);
};

const patienceMs = 60_000;

function runOptions(args: readonly string[], shell: Shell): RunOptions {
  const parsed = parseOptions(args, options, 1);
  if (parsed.kind === 'wrong') return wrong(`${parsed.message} (a task of several words stands in quotes)`);
  const {
    agent,
    thread = randomUUID(),
    workspace,
    json = false,
    verbose = false,
    yes = false,
    data,
  } = parsed.values;
  const task = parsed.positionals[0] ?? '';
  if (task.trim() === '') return wrong('what is the task?');
  if (agent === '') return wrong('--agent must not be empty');
  if (!isThreadId(thread))
    return wrong(`--thread must be a UUID, for example ${randomUUID()}, not '${thread}'`);
  return {
    task,
    agent,
    thread,
    workspace: workspace === undefined ? undefined : realFolder(workspace, shell.cwd),
    isJson: json,
    isVerbose: verbose,
    isYes: yes,
    data: dataFolder(data, shell),
  };
}

/** @throws Refusal when the run was not taken, or its end could not be heard */
function checkEnding(ending: RunEnding, run: string | undefined): void {
  if (ending.kind === 'refused') {
    const { code, message, status } = ending.problem;
    const text = [`${message}${code === '' ? '' : ` (${code})`}`, adviceFor(code)].filter(
      (line) => line !== '',
    );
    const isWrongName = status === 404 && run === undefined;
    throw new Refusal(text.join('\n'), isWrongName ? exitCodes.usage : exitCodes.failed);
  }
  if (ending.kind === 'lost') {
    const advice =
      run === undefined
        ? 'The run may not have begun. `lumina status` shows the stack.'
        : `The run goes on as soon as the stack does: \`lumina explain ${run}\`.`;
    throw new Refusal(`the gateway could not be reached for a minute: ${ending.reason}\n${advice}`);
  }
}

function exitCodeOf(outcome: RunOutcome, { thread }: RunOptions, watch: RunWatch): ExitCode {
  switch (outcome.kind) {
    case 'succeeded':
      return exitCodes.ok;
    case 'failed': {
      const { code, message } = outcome;
      watch.say(
        [`the run failed: ${message} (${code})`, adviceFor(code)].filter((line) => line !== '').join('\n'),
      );
      return exitCodes.failed;
    }
    case 'interrupted': {
      watch.say(outcome.isBudget ? budgetAdvice(watch.run) : approvalAdvice(outcome, thread, watch.run));
      return exitCodes.approvalNeeded;
    }
  }
}

type Interrupted = Extract<RunOutcome, { kind: 'interrupted' }>;

function approvalAdvice({ actions }: Interrupted, thread: string, run = 'RUN'): string {
  const what = actions.map(({ name }) => name).join(', ') || 'a step';
  const approvals = `/runs/${run}/approvals`;
  return (
    `the run waits for an approval of ${what}. Run with --yes or at a terminal to be asked; or see GET ${approvals}\n` +
    `and decide with POST ${approvals}, or POST /threads/${thread}/runs and the body\n` +
    '{"command": {"resume": {"decisions": [{"type": "approve"}]}}}'
  );
}

const budgetAdvice = (run = 'RUN'): string =>
  'the run has used up its budget and waits to be granted more. Run at a terminal to be asked; or see\n' +
  `GET /runs/${run}/budget and decide with POST /runs/${run}/budget and the item that it names in the body\n` +
  '{"item": "budget:…", "decision": "grant", "more": 1}';

async function follow(run: RunOptions, state: StackState, shell: Shell): Promise<ExitCode> {
  const gatewayUrl = urlOf(state, 'gateway');
  if (gatewayUrl === undefined) throw new Refusal('the stack has no gateway: `lumina down`, then try again');
  const apiKey = developmentKey(run.data.devKey);
  const watch = new RunWatch(run, shell);
  const leaving = new AbortController();
  const stopListening = shell.onInterrupt(() => leaving.abort());
  const idempotencyKey = randomUUID();
  try {
    for (let from: Seen | undefined; ;) {
      const ending = await watchFrames(watch, {
        ...{ gatewayUrl, apiKey, idempotencyKey, patienceMs, from },
        ...{ thread: run.thread, agent: run.agent, task: run.task },
        signal: leaving.signal,
        onBreak: (reason) => watch.broke(reason),
      });
      if (ending.kind === 'left') return interrupted(watch);
      checkEnding(ending, watch.run);
      const isResting = watch.outcome.kind === 'interrupted' && ending.kind === 'ended';
      const access = { gatewayUrl, apiKey, run: watch.run ?? '' };
      const settlement = { ask: shell.ask, isYes: run.isYes, say: (text: string) => watch.say(text) };
      if (!isResting || !(await settle(access, settlement))) break;
      from = ending.seen;
      watch.goesOn();
    }
    watch.close(state.model);
    return exitCodeOf(watch.outcome, run, watch);
  } finally {
    stopListening();
  }
}

async function watchFrames(watch: RunWatch, request: RunRequest): Promise<RunEnding> {
  const frames = followRun(request);
  for (;;) {
    const step = await frames.next();
    if (step.done === true) return step.value;
    watch.see(step.value, readFrame(step.value.event, step.value.data));
  }
}

function interrupted(watch: RunWatch): ExitCode {
  const how = watch.run === undefined ? '' : ` Follow it with \`./lumina explain ${watch.run}\`.`;
  watch.say(`interrupted; the run goes on without you.${how}`);
  return exitCodes.interrupted;
}

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const wanted = runOptions(args, shell);
  const state = await wantedStack(wanted.data, shell, (text) => {
    shell.err.write(`lumina: ${text}\n`);
  });
  if (wanted.workspace !== undefined) linkWorkspace(state.workspaceRoot, wanted.thread, wanted.workspace);
  return follow(wanted, state, shell);
}

export const command: Command = { usage, run };
