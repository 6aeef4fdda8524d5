import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { root } from './testing/house';

describe('what `helm test` runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lumina-helm-test-'));
  const keys = join(folder, 'keys');
  writeFileSync(keys, 'the-first-key:default:runs:read,another:default\n');
  let server: Server | undefined;

  afterEach(() => void server?.close());
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs it against a gateway that answers so, and tells its exit code. */
  async function exitCode(health: string, chat: { readonly status: number; readonly body: string }) {
    const asked: string[] = [];
    server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${String(request.headers['x-api-key'])}`);
      const isChat = request.url === '/chat';
      response.writeHead(isChat ? chat.status : 200, { connection: 'close' });
      response.end(isChat ? chat.body : JSON.stringify({ status: health }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const env = { LUMINA_URL: `http://127.0.0.1:${port}`, LUMINA_API_KEYS_FILE: keys };
    const child = execFile(process.execPath, [join(root, 'charts/lumina/files/helm-test.mjs')], { env });
    const [code] = (await once(child, 'exit')) as [number];
    return { code, asked };
  }

  it('succeeds when a task is answered, with the first of the keys', async () => {
    const { code, asked } = await exitCode('degraded', { status: 200, body: '{"answer": "None."}' });
    expect(code).toBe(0);
    expect(asked).toEqual(['GET /health the-first-key', 'POST /chat the-first-key']);
  });

  it.each([
    ['nothing is well', 'unhealthy', { status: 200, body: '{"answer": "None."}' }],
    ['the task is refused', 'healthy', { status: 503, body: '{}' }],
    ['the answer is empty', 'healthy', { status: 200, body: '{"answer": " "}' }],
  ])('fails when %s', async (_, health, chat) => {
    expect((await exitCode(health, chat)).code).toBe(1);
  });
});
