import { mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mcpServerSchema } from '@lumina/agent';
import { type OpenSandbox, type SandboxTier, openSandbox, sandboxTiers } from '@lumina/sandbox';
import { endpointOf } from '@lumina/platform';
import { eventually } from '@lumina/testing';
import { Egress, type EgressRecord } from '../programs/egress';
import { noEgress } from '../testing/no-egress';
import { McpTransports } from './mcp-transports';
import { type LinkBench, started } from './testing/link-bench';

const program = resolve(__dirname, 'testing/program-server.mjs');
const repository = resolve(__dirname, '../../../..');
/** What Node reads for the program: packages, and the file that says what kind of module it is. */
const files = [program, join(repository, 'node_modules'), join(repository, 'package.json')];
/** Namespaces are made one after the other on a busy machine. */
const patienceMs = 60_000;
jest.setTimeout(2 * patienceMs);

/** A program that is a real MCP server, in each sandbox that there is. */
describe.each(sandboxTiers)('an MCP server as a program in %s', (tier: SandboxTier) => {
  let sandbox: OpenSandbox | undefined;
  let root: string;
  const open: LinkBench[] = [];
  beforeAll(async () => {
    const found = await openSandbox(tier);
    sandbox = found.sandbox;
    if (sandbox === undefined) throw new Error(JSON.stringify(found.faults));
  });
  afterAll(() => sandbox?.close());
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'lumina-mcp-')));
  });
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
    await rm(root, { recursive: true, force: true });
  });

  function link(mode: string, more: Readonly<Record<string, unknown>> = {}, egress = noEgress): LinkBench {
    const server = mcpServerSchema.parse({
      transport: 'stdio',
      command: ['node', program, mode],
      files,
      callTimeoutMs: 30_000,
      connectTimeoutMs: 30_000,
      ...more,
    });
    const transports = new McpTransports(
      { notes: server },
      {
        ...{ env: { NOTES_KEY: 'k-123' }, workspaceRoot: root, trusted: [], refused: [] },
        sandbox: () => sandbox,
        note: () => '',
        egress,
      },
    );
    const bench = started(server, () => transports.open('notes', server));
    open.push(bench);
    return bench;
  }
  const connected = (bench: LinkBench) =>
    eventually('it is connected', async () => bench.link.state.kind === 'connected', patienceMs);
  const away = (bench: LinkBench, reason: RegExp) =>
    eventually(
      'it is away',
      async () => bench.states.some((state) => state.kind === 'away' && reason.test(state.reason)),
      patienceMs,
    );
  const calls = async (): Promise<readonly string[]> =>
    (await readFile(join(root, '.mcp/notes/calls.txt'), 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('call'));

  it('is called, sees nothing of the host, has no network and only the variables that it was given', async () => {
    const bench = link('chatty', { env: { KEY: { fromEnv: 'NOTES_KEY' } } });
    await connected(bench);
    expect(await bench.call('add', { a: 2, b: 40 })).toMatchObject({
      kind: 'ok',
      content: '42',
    });
    const { content } = (await bench.call('where', {})) as { content: string };
    expect(content).toContain('no network');
    expect(content).toContain('KEY k-123');
    expect(content).toMatch(/variables HOME KEY LANG PATH( PWD)?( TMPDIR)?$/m);
    expect(content).not.toContain('NOTES_KEY');
    expect(content).not.toContain('was read');
  });

  it('reaches the host that it is granted, where the sandbox has a way to a proxy', async () => {
    const site = createServer((_request, response) => response.writeHead(204).end());
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', () => done()));
    const host = `127.0.0.1:${(site.address() as AddressInfo).port}`;
    const records: EgressRecord[] = [];
    const egress = new Egress({
      ...{ trusted: [endpointOf(host)], refused: [], onPassage: () => undefined },
      onRecord: (record) => records.push(record),
    });
    try {
      const bench = link('well', { egress: [host], env: { TARGET: `http://${host}/` } }, egress);
      await connected(bench);
      const { content } = (await bench.call('where', {})) as { content: string };
      const isOut = sandbox?.hasProxy === true;
      expect(content.split('\n')[0]).toBe(isOut ? 'reached 204' : 'no network');
      expect(records.map(({ who, outcome }) => [who, outcome])).toEqual(
        isOut ? [['MCP server notes', 'opened']] : [],
      );
    } finally {
      site.close();
    }
  });

  it('is started again when it dies half-way; what it ran then is not known, and is not run again', async () => {
    const bench = link('well');
    await connected(bench);
    expect(await bench.call('die', {})).toMatchObject({ kind: 'error', isOutcomeUnknown: true });
    await away(bench, /ended with code 7/);
    await connected(bench);
    expect(await bench.call('add', { a: 1, b: 1 })).toMatchObject({ kind: 'ok' });
    expect(await calls()).toEqual(['call die', 'call add']);
  });

  it('is ended when it floods, and the flood is kept nowhere', async () => {
    const bench = link('well');
    await connected(bench);
    expect(await bench.call('flood', {})).toMatchObject({ kind: 'error', isOutcomeUnknown: true });
    await away(bench, /message of more than/);
  });

  it('is ended when it keeps more than it may', async () => {
    const bench = link('well', { memoryBytes: 256 * 1024 ** 2 });
    await connected(bench);
    expect(await bench.call('hoard', {})).toMatchObject({ kind: 'error', isOutcomeUnknown: true });
    // On a busy machine the program may run out of what it can have before anybody looks.
    await away(bench, /limit of memory|ended/);
  });

  it('does not hold up anything by saying all the time that something changed', async () => {
    const bench = link('well');
    await connected(bench);
    expect(await bench.call('storm', {})).toMatchObject({ kind: 'ok' });
    expect(await bench.call('add', { a: 1, b: 2 })).toMatchObject({ kind: 'ok' });
    expect(bench.link.state.kind).toBe('connected');
  });

  it('tells an error of its own as one', async () => {
    const bench = link('well');
    await connected(bench);
    expect(await bench.call('fail', {})).toMatchObject({ kind: 'error', type: 'remote_failure' });
  });

  it('is away with its own last words when it cannot run, and leaves no process behind', async () => {
    const bench = link('dead');
    await away(bench, /code 3 \(no licence key\)/);
    expect(await bench.call('add', {})).toMatchObject({ kind: 'error', type: 'unavailable' });
    await bench.close();
    expect(await processesWith(program)).toEqual([]);
  });

  it('is given up when it says nothing', async () => {
    const bench = link('silent', { connectTimeoutMs: 1_500 });
    await away(bench, /./);
  });

  it('ends with the line, and keeps what it wrote in a folder of its own', async () => {
    const bench = link('well');
    await connected(bench);
    await writeFile(join(root, '.mcp/notes/changed'), 'now something else');
    await bench.close();
    expect(await processesWith(program)).toEqual([]);
    const again = link('well');
    await connected(again);
    expect(again.link.listing?.tools.get('mcp__notes__change')?.definition).toContain('now something else');
  });

  it('is not started where no sandbox holds', async () => {
    const held = sandbox;
    sandbox = undefined;
    try {
      const bench = link('well');
      await away(bench, /needs a sandbox/);
    } finally {
      sandbox = held;
    }
  });
});

/** The command lines of processes that name this. */
async function processesWith(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')),
  );
  return lines.filter((line) => line.includes(text));
}
