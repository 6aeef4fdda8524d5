import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { mcpServerSchema } from '@lumina/agent';
import { noEgress } from '../testing/no-egress';
import { McpTransports } from './mcp-transports';

const transports = (server: Readonly<Record<string, unknown>>) =>
  new McpTransports(
    { notes: mcpServerSchema.parse(server) },
    {
      ...{ env: { PLACE: 'from-the-environment' }, workspaceRoot: '/nowhere', trusted: [], refused: [] },
      sandbox: () => undefined,
      note: () => '',
      egress: noEgress,
    },
  );

describe('what MCP servers are given', () => {
  it('is secret where it was kept out of the configuration or signs requests, by itself and with its scheme', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lumina-mcp-secrets-'));
    try {
      const file = join(folder, 'filed');
      await writeFile(file, 'out-of-a-file\n');
      const headers = {
        ...{ 'x-place': { fromEnv: 'PLACE' }, 'x-file': { fromFile: file } },
        ...{ Authorization: 'Bearer written-down', 'accept-language': 'en-GB, cy' },
      };
      expect(transports({ transport: 'http', url: 'https://a.example/', headers }).secrets()).toEqual([
        ...['from-the-environment', 'from-the-environment', 'out-of-a-file', 'out-of-a-file'],
        ...['Bearer written-down', 'written-down'],
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('is no secret where a program is told something plain', () => {
    const env = { LOG_LEVEL: 'informative' };
    expect(transports({ transport: 'stdio', command: ['node'], env }).secrets()).toEqual([]);
  });
});
