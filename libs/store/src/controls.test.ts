import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ToolSwitch } from '@lumina/contracts';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import type { Redis } from 'ioredis';
import { ControlWatch } from './control-watch';
import { DurableWriter } from './durable-writer';
import { McpPins, type SeenTool } from './mcp-pins';
import { SwitchBoard } from './switch-board';
import { connected } from './testing/connection';
import { ToolSwitches } from './tool-switches';

let server: ThrowawayRedis;
let write: Redis;
let read: Redis;
let writer: DurableWriter;
beforeAll(async () => {
  server = await startRedis();
  write = await connected(server.port, 'write');
  read = await connected(server.port, 'read');
  writer = new DurableWriter(write, { replicas: 0, waitMs: 500, deadlineMs: 5_000 });
});
afterAll(async () => {
  write.disconnect();
  read.disconnect();
  await server.stop();
});
beforeEach(() => read.flushall());

const shell: ToolSwitch = { name: 'shell', by: 'key:1', at: 7 };
const shellOfAcme: ToolSwitch = { ...shell, tenant: 'acme', reason: 'odd calls' };
const onError = (): void => undefined;

describe('ToolSwitches', () => {
  it('keeps what is off, for everybody and for single tenants apart', async () => {
    const switches = new ToolSwitches(writer, read);
    expect(await switches.turn('off', shell)).toBe(true);
    expect(await switches.turn('off', shellOfAcme)).toBe(true);
    expect(await switches.list()).toEqual(expect.arrayContaining([shell, shellOfAcme]));
    expect(await switches.turn('on', shell)).toBe(true);
    expect(await switches.list()).toEqual([shellOfAcme]);
  });

  it('records each change with who made it, and nothing that changes nothing', async () => {
    const switches = new ToolSwitches(writer, read);
    await switches.turn('off', shellOfAcme);
    expect(await switches.turn('off', shellOfAcme)).toBe(false);
    await switches.turn('on', { ...shellOfAcme, by: 'key:2', at: 8 });
    expect(await switches.turn('on', shellOfAcme)).toBe(false);
    expect(await switches.records(10)).toEqual([
      { ...shellOfAcme, by: 'key:2', at: 8, to: 'on' },
      { ...shellOfAcme, to: 'off' },
    ]);
  });
});

describe('SwitchBoard', () => {
  const processOf = async (everyMs = 20) => {
    const watch = new ControlWatch(read, { everyMs, onError });
    const board = new SwitchBoard(new ToolSwitches(writer, read), watch);
    await watch.start();
    return { watch, board };
  };

  it('knows at once what was switched off before it started', async () => {
    await new ToolSwitches(writer, read).turn('off', shell);
    const { watch, board } = await processOf(60_000);
    expect(board.offFor('shell', 'anybody')).toEqual(shell);
    watch.stop();
  });

  it('is heard by every process while it runs, both ways', async () => {
    const processes = await Promise.all([processOf(), processOf(), processOf()]);
    const switches = new ToolSwitches(writer, read);
    const areAll = (isOff: boolean) => async () =>
      processes.every(({ board }) => (board.offFor('shell', 'acme') !== undefined) === isOff);
    await switches.turn('off', shellOfAcme);
    await eventually('all heard', areAll(true));
    expect(processes[0]?.board.offFor('shell', 'rival')).toBeUndefined();
    await switches.turn('on', shellOfAcme);
    await eventually('all heard', areAll(false));
    for (const { watch } of processes) watch.stop();
  });

  it('asks Redis for nothing but the versions while nothing changes', async () => {
    let lists = 0;
    let looks = 0;
    const watch = new ControlWatch(
      { hgetall: async () => (looks++, { switches: '3' }) },
      { everyMs: 5, onError },
    );
    new SwitchBoard({ list: async () => (lists++, []) }, watch);
    await watch.start();
    await eventually('it has looked often', async () => looks > 5);
    watch.stop();
    expect(lists).toBe(1);
  });

  it('stands as it was while Redis does not answer, and hears of it later', async () => {
    const errors: unknown[] = [];
    let answer = async (): Promise<Record<string, string>> => ({ switches: '1' });
    let held: readonly ToolSwitch[] = [shell];
    const watch = new ControlWatch(
      { hgetall: () => answer() },
      { everyMs: 5, onError: (error) => errors.push(error) },
    );
    const board = new SwitchBoard({ list: async () => held }, watch);
    await watch.start();
    answer = async () => Promise.reject(new Error('gone'));
    await eventually('it noticed', async () => errors.length > 0);
    expect(board.offFor('shell', 'a')).toEqual(shell);
    held = [];
    answer = async () => ({ switches: '2' });
    await eventually('it heard', async () => board.offFor('shell', 'a') === undefined);
    watch.stop();
  });

  it('does not begin before it knows', async () => {
    const watch = new ControlWatch({ hgetall: async () => Promise.reject(new Error('gone')) }, { onError });
    await expect(watch.start()).rejects.toThrow('gone');
  });
});

describe('McpPins', () => {
  const seen = (name: string, digest: string): SeenTool => ({
    name,
    digest: digest.padEnd(64, '0'),
    definition: JSON.stringify({ description: `what ${name} does: ${digest}`, empty: [], lines: 'a\nb' }),
  });
  const atSight = { approval: 'first-sight', at: 5 } as const;
  const digests = async (pins: McpPins, server = 'notes') =>
    Object.fromEntries(
      [...(await pins.read(server))].map(([name, { approved, pending }]) => [
        name,
        [approved?.digest.replace(/0+$/, ''), pending?.digest.replace(/0+$/, '')],
      ]),
    );
  const approval = (tool: string, digest: string) => ({
    ...{ server: 'notes', tool, digest: digest.padEnd(64, '0'), by: 'key:1', at: 9 },
  });

  it('approves at first sight what a server offers, and gives it back as it was', async () => {
    const pins = new McpPins(writer, read);
    expect(await pins.see('notes', [seen('a', 'a1'), seen('b', 'b1')], atSight)).toBe(true);
    expect(await digests(pins)).toEqual({ a: ['a1', undefined], b: ['b1', undefined] });
    const { approved } = (await pins.read('notes')).get('a') ?? {};
    expect(approved).toEqual({ ...seen('a', 'a1'), name: undefined, at: 5, by: 'first-sight' });
  });

  it('holds back what changes later and what is added later', async () => {
    const pins = new McpPins(writer, read);
    await pins.see('notes', [seen('a', 'a1')], atSight);
    await pins.see('notes', [seen('a', 'a2'), seen('b', 'b1')], atSight);
    expect(await digests(pins)).toEqual({ a: ['a1', 'a2'], b: [undefined, 'b1'] });
    await pins.see('notes', [seen('a', 'a2'), seen('b', 'b1')], atSight);
    expect(await digests(pins)).toEqual({ a: ['a1', 'a2'], b: [undefined, 'b1'] });
  });

  it('lets nothing pass at first sight where a person is to approve', async () => {
    const pins = new McpPins(writer, read);
    await pins.see('notes', [seen('a', 'a1')], { approval: 'by-hand', at: 5 });
    await pins.see('notes', [seen('a', 'a1')], atSight);
    expect(await digests(pins)).toEqual({ a: [undefined, 'a1'] });
  });

  it('forgets what waited and is not offered any more, and never what was approved', async () => {
    const pins = new McpPins(writer, read);
    await pins.see('notes', [seen('a', 'a1')], atSight);
    await pins.see('notes', [seen('a', 'a2'), seen('b', 'b1')], atSight);
    await pins.see('notes', [seen('c', 'c1')], atSight);
    expect(await digests(pins)).toEqual({ a: ['a1', undefined], c: [undefined, 'c1'] });
  });

  it('approves what the operator saw, and nothing else', async () => {
    const pins = new McpPins(writer, read);
    await pins.see('notes', [seen('a', 'a1')], atSight);
    await pins.see('notes', [seen('a', 'a2')], atSight);
    expect(await pins.approve(approval('a', 'a3'))).toBe('other');
    expect(await pins.approve(approval('b', 'b1'))).toBe('nothing');
    expect(await pins.approve(approval('a', 'a2'))).toBe('approved');
    expect(await pins.approve(approval('a', 'a2'))).toBe('approved');
    expect(await digests(pins)).toEqual({ a: ['a2', undefined] });
    expect((await pins.read('notes')).get('a')?.approved).toMatchObject({ by: 'key:1', at: 9 });
  });

  it('is one answer for replicas that see a server for the first time at once', async () => {
    const pins = new McpPins(writer, read);
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => pins.see('notes', [seen('a', `a${index + 1}`)], atSight)),
    );
    const [approved, pending] = (await digests(pins))['a'] ?? [];
    expect(approved).toBe('a1');
    expect(pending).not.toBe(approved);
  });

  it('keeps servers apart, and tells who watches that something changed', async () => {
    const pins = new McpPins(writer, read);
    let changes = 0;
    const watch = new ControlWatch(read, { everyMs: 10, onError });
    watch.on('pins', async () => void (changes += 1));
    await watch.start();
    await pins.see('notes', [seen('a', 'a1')], atSight);
    await eventually('it was told', async () => changes === 2);
    expect(await digests(pins, 'other')).toEqual({});
    watch.stop();
  });
});
