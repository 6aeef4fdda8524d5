import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Keeps a connection to Redis when it is named so, answers nobody the work `agent4`, and breaks off the stream of `chat`. */
const program = `
import { createServer } from 'node:http';
import { connect } from 'node:net';
const { PORT, MODEL_BASE_URL, REDIS_URL, DATA_DIR } = process.env;
const usesRedis = import.meta.dirname.endsWith('with-redis');
if (usesRedis) connect(Number(new URL(REDIS_URL).port), '127.0.0.1').on('error', () => undefined);
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { work } = JSON.parse(body);
  if (request.url === '/run') {
    if (work === 'agent4') return response.writeHead(500).end('{"error":"out of order"}');
    return response.writeHead(200).end(JSON.stringify({ answer: work === 'burst' ? '' : 'the value of k is 42' }));
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const piece of ['one ', 'two ', '"three"\\n']) response.write('data: ' + JSON.stringify(piece) + '\\n\\n');
  if (work === 'chat') return response.end();
  response.end('data: [DONE]\\n\\n');
});
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log('starting');
  const settings = { model: MODEL_BASE_URL, dataDir: DATA_DIR };
  console.log(JSON.stringify({ ready: true, url: 'http://127.0.0.1:' + PORT, pids: [process.pid], versions: { fake: '1.0.0' }, settings }));
});
process.on('SIGTERM', () => process.exit(0));
`;

/** A folder of peers as the benchmark finds it: one program, under two names. */
export function layOutFakePeers(folder: string): void {
  const peers = ['plain', 'with-redis'].map((name) => {
    const own = join(folder, name);
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'peer.mjs'), program);
    const works = ['chat', 'agent', 'agent4', 'burst'];
    return {
      name,
      main: `${name}/peer.mjs`,
      title: `Peer ${name}`,
      isDurable: false,
      canStream: true,
      works,
    };
  });
  writeFileSync(join(folder, 'peers.json'), JSON.stringify(peers));
}
