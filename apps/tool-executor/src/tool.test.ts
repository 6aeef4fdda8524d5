import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  type Tool,
  type ToolContext,
  type ToolResult,
  defineTool,
  failure,
  offerOf,
  ok,
  reconcileTool,
  runTool,
} from './tool';
import { tools } from './tools';
import { WorkspaceError } from './workspace';
import { type ScratchWorkspace, scratchWorkspace } from './workspace/scratch-workspace';

const schema = z.object({
  count: z.number().int().min(1).default(1),
  name: z.string().optional(),
  nested: z.object({ flag: z.boolean() }).optional(),
});

const toolThat = (run: (args: z.infer<typeof schema>, context: ToolContext) => Promise<ToolResult>) =>
  defineTool({
    name: 'probe',
    description: 'Probes.',
    schema,
    risk: 'read',
    isIdempotent: true,
    timeoutMs: 50,
    howToGetTheRest: 'ask for the rest',
    run,
  });

const withSchema = (other: z.ZodObject): Tool => ({ ...toolThat(async () => ok('')), schema: other });

let scratch: ScratchWorkspace;
let context: ToolContext;
beforeEach(async () => {
  scratch = await scratchWorkspace();
  context = { workspace: scratch.workspace, signal: new AbortController().signal, idempotencyKey: 'key' };
});
afterEach(() => scratch.remove());

describe('runTool', () => {
  it('gives the tool its parsed arguments with defaults, and the call`s key', async () => {
    const tool = toolThat(async (args, { idempotencyKey }) => ok(JSON.stringify({ args, idempotencyKey })));
    const result = await runTool(tool, { name: 'x' }, context);
    expect(result).toEqual({ kind: 'ok', content: '{"args":{"count":1,"name":"x"},"idempotencyKey":"key"}' });
  });

  it('names each wrong field, what was expected and what was given', async () => {
    const tool = toolThat(async () => ok('ran'));
    const result = await runTool(tool, { count: 'ten', name: null, nested: { flag: 1 }, cuont: 2 }, context);
    expect(result).toMatchObject({ kind: 'error', type: 'bad_arguments' });
    const { message } = result as { message: string };
    expect(message).toContain('- count: expected number; was given "ten"');
    expect(message).toContain('- name: expected string; was given null');
    expect(message).toContain('- nested.flag: expected boolean; was given 1');
    expect(message).toContain('- cuont: no such field; there are: count, name, nested');
  });

  it('says the bound that a value breaks, and that a required one is missing', async () => {
    const strict = withSchema(z.object({ a: z.string(), n: z.number().min(1) }));
    const result = await runTool(strict, { n: 0 }, context);
    expect(result).toMatchObject({
      message: expect.stringMatching(/- a: expected string; was given nothing\n- n: .*>=1; was given 0/),
    });
  });

  it('keeps hostile field names and values on their line and short', async () => {
    const tool = toolThat(async () => ok('ran'));
    const result = await runTool(tool, { 'a\nb': 1, count: `x\n${'y'.repeat(10_000)}` }, context);
    const lines = (result as { message: string }).message.split('\n');
    expect(lines).toHaveLength(3);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200);
  });

  it('reports at most ten problems', async () => {
    const tool = toolThat(async () => ok('ran'));
    const unknown = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`f${n}`, n]));
    expect(await runTool(tool, unknown, context)).toMatchObject({
      message: expect.stringContaining('- and 40 more'),
    });
  });

  it('refuses __proto__ and takes no field from a prototype', async () => {
    const tool = toolThat(async (args) => ok(JSON.stringify(args)));
    const polluted = JSON.parse('{"__proto__": {"name": "evil"}}') as Record<string, unknown>;
    const result = await runTool(tool, polluted, context);
    expect(result.kind === 'error' || result.content === '{"count":1}').toBe(true);
  });

  it('answers timeout when the time is up, though the tool never stops', async () => {
    let seen: AbortSignal | undefined;
    const tool = toolThat((_, { signal }) => {
      seen = signal;
      return new Promise(() => undefined);
    });
    expect(await runTool(tool, {}, context)).toMatchObject({ kind: 'error', type: 'timeout' });
    expect(seen?.aborted).toBe(true);
  });

  it('answers cancelled when the caller`s signal fires, before or during the run', async () => {
    const controller = new AbortController();
    const tool = toolThat(() => new Promise(() => undefined));
    const during = runTool(tool, {}, { ...context, signal: controller.signal });
    controller.abort();
    expect(await during).toMatchObject({ type: 'cancelled' });
    const before = await runTool(
      toolThat(async () => ok('ran')),
      {},
      { ...context, signal: controller.signal },
    );
    expect(before).toMatchObject({ type: 'cancelled' });
  });

  it('listens to no signal when it has ended: the process would keep what listens for ever', async () => {
    const seen: AbortSignal[] = [];
    const tool = toolThat(async (_args, { signal }) => {
      seen.push(signal);
      return ok('');
    });
    await runTool(tool, {}, context);
    expect(seen).toHaveLength(1);
    expect(seen.flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([]);
  });

  it('turns a throw into internal with its cause, telling the model nothing of it', async () => {
    const cause = new Error('ENOENT: /secret/host/path');
    const later = toolThat(() => Promise.reject(cause));
    const atOnce = toolThat(() => {
      throw cause;
    });
    for (const tool of [later, atOnce]) {
      const result = await runTool(tool, {}, context);
      expect(result).toMatchObject({ kind: 'error', type: 'internal', cause });
      expect((result as { message: string }).message).not.toContain('secret');
    }
  });

  it('turns a workspace error into its own type', async () => {
    const tool = toolThat(() => Promise.reject(new WorkspaceError('not_found', 'x does not exist')));
    expect(await runTool(tool, {}, context)).toEqual(failure('not_found', 'x does not exist'));
  });

  it('does not leave a late rejection of a stopped tool unhandled', async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listen);
    const tool = toolThat(
      (_, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => setTimeout(() => reject(new Error('late')), 5)),
        ),
    );
    expect(await runTool(tool, {}, context)).toMatchObject({ type: 'timeout' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('names the tool in the workspace`s refusals', async () => {
    const tool = toolThat(async (_, { workspace }) => workspace.withFile('../x', async () => ok('')));
    expect(await runTool(tool, {}, context)).toMatchObject({ type: 'outside_workspace' });
    expect(scratch.refusals).toEqual([
      { type: 'path_traversal', tool: 'probe', reason: 'parent', path: '../x' },
    ]);
  });
});

describe('offerOf', () => {
  it('makes the JSON schema once, refusing unknown fields and requiring what has no default', () => {
    const tool = withSchema(z.object({ a: z.string(), n: z.number().default(2) }));
    expect(offerOf(tool)).toBe(offerOf(tool));
    expect(offerOf(tool).parameters).toMatchObject({
      type: 'object',
      required: ['a'],
      additionalProperties: false,
    });
  });

  it('refuses a tool whose name no model could call', () => {
    expect(() => offerOf(defineTool({ ...toolThat(async () => ok('')), name: 'not a name' }))).toThrow();
  });
});

describe('reconcileTool', () => {
  const reconciling = (reconcile: NonNullable<Tool<typeof schema>['reconcile']>): Tool =>
    defineTool({ ...toolThat(async () => ok('')), isIdempotent: false, reconcile });

  it('asks the tool about the same arguments under the same key, in the workspace', async () => {
    const tool = reconciling(async (args, { idempotencyKey, workspace }) => ({
      kind: 'done',
      content: JSON.stringify({ args, idempotencyKey, hasWorkspace: workspace !== undefined }),
    }));
    expect(await reconcileTool(tool, { name: 'x' }, context)).toEqual({
      kind: 'done',
      content: '{"args":{"count":1,"name":"x"},"idempotencyKey":"key","hasWorkspace":true}',
    });
  });

  it.each<[string, Tool, Record<string, unknown>]>([
    ['has no way to tell', toolThat(async () => ok('')), {}],
    [
      'is asked about arguments that do not fit',
      reconciling(async () => ({ kind: 'not_done' })),
      { count: 'x' },
    ],
    ['rejects', reconciling(() => Promise.reject(new Error('away'))), {}],
    [
      'throws',
      reconciling(() => {
        throw new Error('at once');
      }),
      {},
    ],
    ['never answers', reconciling(() => new Promise(() => undefined)), {}],
  ])('does not know when the tool %s', async (_what, tool, args) => {
    expect(await reconcileTool(tool, args, context)).toEqual({ kind: 'unknown' });
  });

  it('stops asking when the answer is no longer wanted', async () => {
    const gone = new AbortController();
    const tool = { ...reconciling(() => new Promise(() => undefined)), timeoutMs: 60_000 };
    const asking = reconcileTool(tool, {}, { ...context, signal: gone.signal });
    gone.abort();
    expect(await asking).toEqual({ kind: 'unknown' });
    expect(await reconcileTool(tool, {}, { ...context, signal: gone.signal })).toEqual({ kind: 'unknown' });
  });

  it('keeps what the tool says of itself', async () => {
    const tool = { ...reconciling(async () => ({ kind: 'unknown' })), answer: 'kept' };
    tool.reconcile = async function (this: typeof tool) {
      return { kind: 'done', content: this.answer };
    };
    expect(await reconcileTool(tool, {}, context)).toEqual({ kind: 'done', content: 'kept' });
  });
});

describe('the catalogue', () => {
  it('offers every tool under its own name, with every argument described', () => {
    const offers = tools.map(offerOf);
    expect(new Set(offers.map(({ name }) => name)).size).toBe(tools.length);
    for (const { parameters, risk, isIdempotent } of offers) {
      if (risk === 'read') expect(isIdempotent).toBe(true);
      const properties = (parameters['properties'] ?? {}) as Record<string, { description?: string }>;
      for (const [field, property] of Object.entries(properties)) {
        expect(field).toMatch(/^[a-z]+(_[a-z]+)*$/);
        expect(property.description).toBeTruthy();
      }
    }
  });
});
