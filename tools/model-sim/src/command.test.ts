import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type CommandOutcome, runModelSim } from './command';
import { parseCommandLine } from './command-line';

async function run(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ readonly outcome: CommandOutcome; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  const outcome = await runModelSim(args, environment, {
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { outcome, out, err };
}

async function withScenario(content: string, use: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'model-sim-'));
  try {
    writeFileSync(join(folder, 'mine.yaml'), content);
    await use(join(folder, 'mine.yaml'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the command', () => {
  it('says in one line where it listens, and plays the file', async () => {
    await withScenario('turns: [{text: from the file}]', async (file) => {
      const { outcome, out } = await run(['--port', '0', '--scenario', file, '--require-key', 'k']);
      if (outcome.kind !== 'listening') throw new Error('does not listen');
      try {
        expect(out).toBe(
          `model-sim listening on http://127.0.0.1:${String(outcome.sim.port)} (simulated model)\n`,
        );
        const answered = await fetch(`${outcome.sim.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: 'Bearer k' },
          body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x' }] }),
        });
        expect(await answered.text()).toContain('from the file');
        expect(await run(['--port', String(outcome.sim.port)])).toMatchObject({
          outcome: { exitCode: 1 },
          err: expect.stringContaining('EADDRINUSE'),
        });
      } finally {
        await outcome.sim.close();
      }
    });
  });

  it('ends with 2 for a bad scenario, naming file, path and what was expected', async () => {
    await withScenario('turns: [{status: 99}]', async (file) => {
      const { outcome, err } = await run(['--scenario', file]);
      expect(outcome).toEqual({ kind: 'ended', exitCode: 2 });
      expect(err).toContain(`${file}: turns[0].status: `);
    });
    expect(await run(['--scenario', '/nowhere.yaml'])).toMatchObject({ outcome: { exitCode: 2 } });
  });

  it('explains itself', async () => {
    const { outcome, out } = await run(['--help']);
    expect(outcome).toEqual({ kind: 'ended', exitCode: 0 });
    for (const option of ['--port', '--host', '--scenario', '--require-key']) expect(out).toContain(option);
  });

  it.each([
    [['--port', 'x'], '--port must be a number'],
    [['--port', '65536'], '--port must be a number'],
    [['--prot', '1'], '--prot'],
    [['stray'], 'stray'],
    [['--require-key', ''], '--require-key must not be empty'],
  ])('ends with 2 for %j', async (args, fault) => {
    const { outcome, err } = await run(args);
    expect(outcome).toEqual({ kind: 'ended', exitCode: 2 });
    expect(err).toContain(fault);
  });

  it('takes the port from the environment, unless the option says another', () => {
    expect(parseCommandLine([], { PORT: '8123' })).toMatchObject({
      commandLine: { port: 8123, host: '127.0.0.1' },
    });
    expect(parseCommandLine(['--port', '0', '--host', '::1'], { PORT: '8123' })).toMatchObject({
      commandLine: { port: 0, host: '::1' },
    });
    expect(parseCommandLine([], { PORT: 'http' })).toMatchObject({
      kind: 'wrong',
      message: expect.stringContaining('PORT'),
    });
  });
});
