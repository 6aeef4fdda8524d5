import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { statusOf } from '../gateway/http-exchange';
import type { ProcessSpec } from './process-spec';

/** A service for tests, as small as they come: it announces where it listens, is ready at once, and ends on SIGTERM. */
export const serviceScript = `
const http = require('node:http');
const answer = (request, response) => response.end(JSON.stringify({ pid: process.pid, port: process.env.PORT }));
const server = http.createServer(answer);
const stop = () => { server.closeAllConnections(); process.exit(0); };
process.once('SIGTERM', stop);
process.once('disconnect', stop);
const port = process.argv.includes('--port') ? process.argv[process.argv.indexOf('--port') + 1] : process.env.PORT;
server.listen(Number(port || 0), '127.0.0.1', () => {
  console.log('listening');
  process.send?.({ type: 'listening', url: 'http://127.0.0.1:' + server.address().port });
});
`;

/** Writes `script` and says how to supervise it. */
export function programSpec(
  folder: string,
  script = serviceScript,
  changes: Partial<ProcessSpec> = {},
): ProcessSpec {
  const name = changes.name ?? 'fake';
  const file = join(folder, `${name}.js`);
  writeFileSync(file, script);
  return {
    name,
    command: process.execPath,
    args: [file],
    env: { PATH: process.env['PATH'] ?? '' },
    cwd: folder,
    logFile: join(folder, `${name}.log`),
    isAnnouncing: true,
    url: undefined,
    isReady: async (url) => (await statusOf(url, 1_000)) === 200,
    stopTimeoutMs: 5_000,
    ...changes,
  };
}
