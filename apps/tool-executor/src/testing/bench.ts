import { canonicalDefinition } from '@lumina/agent';
import { type Fact, type ToolCallTask, runLimitsSchema } from '@lumina/contracts';
import { MemoryRunStore, type RingableItem, type RunStore } from '@lumina/store';
import { z } from 'zod';
import { callLog } from '../calls/call-log';
import { type CallDependencies, CallRunner } from '../calls/call-runner';
import { guardedCalls } from '../guarded-call';
import { type Tool, defineTool, ok } from '../tool';
import type { Workspace } from '../workspace';
import { agentWith, testGuards } from './guards';

export const thread = '11111111-1111-4111-8111-111111111111';
export const leaseTimes = { leaseMs: 5_000, renewEveryMs: 20, gatherMs: 0 };
export const bell = { run: 'r1', item: 'call:1.0', v: 2 } as const;

export const task: ToolCallTask = {
  ...{ callId: 'c1', messageId: 'm-c1', tool: 'echo', args: { text: 'hello' }, agent: 'lumina' },
  ...{ nextStep: 2, workspaceThread: thread },
  ...{ onUnknownOutcome: 'ask-person', isRetryApproved: false, approvalTimeoutMs: 1_000 },
};

export function toolNamed(name: string, run: Tool['run']): Tool {
  return defineTool({
    ...{ name, description: name, risk: 'read', isIdempotent: true, timeoutMs: 2_000 },
    schema: z.object({ text: z.string().default('') }),
    run,
  });
}

export const echo = toolNamed('echo', async (args) => ok(`you said ${String(args['text'])}`));

/** Puts a run with open tool calls into the store, as an orchestrator would. */
export async function openCalls(
  store: RunStore,
  tasks: readonly ToolCallTask[] = [task],
  run = 'r1',
  facts: readonly Fact[] = [],
) {
  const tools = tasks.map(({ tool }) => tool);
  // A digest never changes its meaning, so each set of tools has one of its own.
  const agentDigest = `agent with ${tools.join(' ')}`;
  await store.putAgent(agentDigest, canonicalDefinition(agentWith(tools)));
  await store.create({
    ...{
      run,
      thread,
      tenant: 'acme',
      requestDigest: run,
      threadMetadata: {},
      caps: { ofTenant: 0, ofAgent: 0 },
      isListed: true,
    },
    ...{ ifThreadMissing: 'create', ifThreadBusy: 'enqueue' },
    accepted: {
      ...{ run, at: Date.now(), type: 'run.accepted', agent: 'lumina', agentDigest, depth: 0 },
      input: [{ role: 'user', id: 'u', content: 'Do it.' }],
      limits: runLimitsSchema.parse({}),
    },
  });
  const claimed = await claim(store, run, 'step:1');
  const open = tasks.map((each, index) => ({ item: `call:1.${index}`, data: JSON.stringify(each) }));
  await store.commit(claimed.lease, { facts, status: 'running', open });
}

export async function claim(store: RunStore, run: string, item: string) {
  const outcome = await store.claim({ run, item }, 'other', leaseTimes.leaseMs);
  if (outcome.kind !== 'claimed') throw new Error(`expected to claim ${item}, was ${outcome.kind}`);
  return outcome.claimed;
}

export class Bench {
  aheadMs = 0;
  closedWorkspaces = 0;
  readonly store = new MemoryRunStore(() => Date.now() + this.aheadMs);
  readonly rung: RingableItem[] = [];
  readonly info: Record<string, unknown>[] = [];
  readonly errors: Record<string, unknown>[] = [];
  readonly opened: string[] = [];
  readonly letGo = new AbortController();
  private claims = 0;
  readonly off = new Set<string>();
  readonly guards = testGuards({
    switches: {
      offFor: (name, tenant) => (this.off.has(name) ? { name, tenant, by: 'test', at: 0 } : undefined),
    },
  });

  runner(tools: readonly Tool[], changes: Partial<CallDependencies> = {}): CallRunner {
    const workspace = { close: () => void (this.closedWorkspaces += 1), forTool: () => workspace };
    const log = {
      info: (line: Record<string, unknown>) => void this.info.push(line),
      warn: (line: Record<string, unknown>) => void this.info.push(line),
      error: (line: Record<string, unknown>) => void this.errors.push(line),
    };
    return new CallRunner({
      store: this.store,
      ringer: { ring: async (items) => void this.rung.push(...items) },
      tools: new Map(tools.map((tool) => [tool.name, tool])),
      workspaces: {
        open: async (name) => {
          this.opened.push(name);
          return workspace as unknown as Workspace;
        },
      },
      log: callLog(log, (name) => tools.some((tool) => tool.name === name), Date.now),
      guarded: guardedCalls(this.guards),
      scrub: (text) => text,
      leaseTimes,
      nextOwner: () => `executor#${++this.claims}`,
      nowMs: Date.now,
      cancellations: { watch: () => () => undefined },
      digest: (text) => `digest of ${text}`,
      reached: () => undefined,
      letGo: this.letGo.signal,
      ...changes,
    });
  }

  async answers() {
    const journal = await this.store.journal(thread);
    return journal.flatMap(({ fact }) => (fact.type === 'tool.answered' ? [fact] : []));
  }
}
