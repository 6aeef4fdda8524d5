import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import { type AddressInfo, createServer as tcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type OpenSandbox, defaultLimits, openSandbox } from '@lumina/sandbox';
import { Egress, type EgressRecord, runGranted } from './egress';

jest.setTimeout(60_000);

/** Answers with what it was asked, and counts who connects. */
class Site {
  readonly seen: string[] = [];
  connections = 0;
  readonly server: Server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => {
      this.seen.push(`${request.method ?? ''} ${request.headers.host ?? ''}${request.url ?? ''} ${bytes}`);
      response.end(`SERVED ${request.url ?? ''} ${'x'.repeat(Number(request.headers['x-size'] ?? 0))}`);
    });
  });

  private constructor() {
    this.server.on('connection', () => (this.connections += 1));
  }

  static async open(): Promise<Site> {
    const site = new Site();
    await new Promise<void>((done) => site.server.listen(0, '127.0.0.1', () => done()));
    return site;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }
}

/**
 * Programs in a real sandbox, each granted one host and port on the loopback that the test's allow-list opens. What they reach is counted
 * at the servers.
 */
describe('programs that are granted a way out', () => {
  let sandbox: OpenSandbox;
  let workspace: string;
  let allowed: Site;
  let inside: Site;
  let records: EgressRecord[];
  let rebound: number;
  let granted: string[];
  const servers: { close(): unknown }[] = [];

  beforeAll(async () => {
    const search = await openSandbox('bubblewrap');
    if (search.sandbox === undefined) throw new Error(JSON.stringify(search.faults));
    sandbox = search.sandbox;
    workspace = await realpath(await mkdtemp(join(tmpdir(), 'lumina-egress-test-')));
    allowed = await Site.open();
    inside = await Site.open();
    servers.push(allowed.server, inside.server);
  });
  afterAll(async () => {
    await sandbox.close();
    for (const server of servers) server.close();
    await rm(workspace, { recursive: true, force: true });
  });
  beforeEach(() => {
    records = [];
    rebound = 0;
    granted = [
      `localhost:${allowed.port}`,
      // Granted by mistake or by name: the list opens nothing that is inside.
      ...[
        `127.0.0.1:${inside.port}`,
        `rebinding.example.com:${inside.port}`,
        `inside.example.com:${inside.port}`,
      ],
      '169.254.169.254:80',
    ];
  });

  const egress = (): Egress =>
    new Egress({
      trusted: [{ host: 'localhost', port: allowed.port }],
      // Where its name first leads: public, and not to be bothered by a test.
      refused: ['93.184.216.0/24'],
      onPassage: () => undefined,
      onRecord: (record) => records.push(record),
      lookup: async (name) => [
        {
          address: name === 'rebinding.example.com' && ++rebound === 1 ? '93.184.216.34' : '127.0.0.1',
          family: 4,
        },
      ],
    });

  async function python(code: string, grants: readonly string[] = granted): Promise<string> {
    const { stdout, stderr, end } = await runGranted(
      { sandbox, egress: egress() },
      {
        ...{ argv: ['/usr/bin/python3', '-'], stdin: code, workspace: { path: workspace } },
        limits: { ...defaultLimits, wallMs: 30_000 },
      },
      { signal: new AbortController().signal, egress: grants, idempotencyKey: 'r/call:1.0' },
    );
    if (end.kind !== 'exited') throw new Error(JSON.stringify(end));
    return `${stdout.head.toString()}${stderr.head.toString()}`;
  }
  const fetched = (url: string): string =>
    `import urllib.request as u\ntry: print(u.urlopen('${url}', timeout=10).read().decode()[:60])\nexcept Exception as e: print('refused', e)`;
  /** What a program sees of a tunnel: the status, and what comes through. */
  const tunnelled = (authority: string, port: number): string =>
    [
      'import socket',
      "s = socket.create_connection(('127.0.0.1', 3128), 10)",
      `s.sendall(b'CONNECT ${authority}:${port} HTTP/1.1\\r\\n\\r\\n')`,
      "a = s.recv(65536).decode().split('\\r\\n')[0]",
      'print(a)',
      "if ' 200 ' in a:",
      "  s.sendall(b'GET /through HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n')",
      '  print(s.makefile().read())',
    ].join('\n');

  it('reach the host that they are granted: with a request, with a tunnel, and with much of both', async () => {
    const url = `http://localhost:${allowed.port}`;
    expect(await python(fetched(`${url}/page`))).toContain('SERVED /page');
    expect(await python(tunnelled('localhost', allowed.port))).toContain('SERVED /through');
    const much = `import urllib.request as u\nr = u.Request('${url}/much', data=b'y' * 3000000, headers={'x-size': '3000000'})\nprint(len(u.urlopen(r, timeout=20).read()))`;
    expect(await python(much)).toBe('3000013\n');
    expect(allowed.seen.at(-1)).toBe(`POST localhost:${allowed.port}/much 3000000`);
    expect(records).toEqual([
      ...Array.from({ length: 3 }, () => ({
        ...{ who: 'r/call:1.0', outcome: 'opened', host: 'localhost', port: allowed.port },
      })),
    ]);
  });

  it('reach it from Node as well, which finds the proxy by itself', async () => {
    const { stdout } = await runGranted(
      { sandbox, egress: egress() },
      {
        argv: [process.execPath, '-'],
        stdin: `fetch('http://localhost:${allowed.port}/node').then((r) => r.text()).then(console.log, console.log)`,
        ...{ runtimes: [process.execPath], workspace: { path: workspace } },
        limits: { ...defaultLimits, wallMs: 30_000 },
      },
      { signal: new AbortController().signal, egress: granted, idempotencyKey: 'k' },
    );
    expect(stdout.head.toString()).toContain('SERVED /node');
  });

  it('end as they would without a proxy: with their code, and without waiting for what is open', async () => {
    const { end } = await runGranted(
      { sandbox, egress: egress() },
      {
        argv: ['/usr/bin/python3', '-'],
        stdin:
          "import socket, os\ns = socket.create_connection(('127.0.0.1', 3128))\ntry: os.wait()\nexcept ChildProcessError: os._exit(7)",
        ...{ workspace: { path: workspace }, limits: { ...defaultLimits, wallMs: 20_000 } },
      },
      { signal: new AbortController().signal, egress: granted, idempotencyKey: 'k' },
    );
    expect(end).toEqual({ kind: 'exited', exitCode: 7 });
  });

  describe('reach nothing else', () => {
    const attempts: Readonly<Record<string, () => string>> = {
      'another port of the host': () => fetched(`http://localhost:${inside.port}/`),
      'the host by its address': () => fetched(`http://127.0.0.1:${allowed.port}/`),
      'the host by another notation': () => fetched(`http://2130706433:${allowed.port}/`),
      'an address inside that the list names': () => fetched(`http://127.0.0.1:${inside.port}/`),
      'the same in a tunnel': () => tunnelled('127.0.0.1', inside.port),
      'a name on the list that means an address inside': () =>
        fetched(`http://inside.example.com:${inside.port}/`),
      'the same with a tunnel': () => tunnelled('inside.example.com', inside.port),
      'an address of a cloud that the list names': () => fetched('http://169.254.169.254/latest/meta-data/'),
      'a tunnel to an address': () => tunnelled('127.0.0.1', allowed.port),
      'a tunnel to an address of IPv6': () => tunnelled('[::ffff:127.0.0.1]', allowed.port),
      'a tunnel to another host': () => tunnelled('example.com', 443),
      'a tunnel with a name in it that is not one': () =>
        tunnelled(`localhost:${allowed.port}@127.0.0.1`, inside.port),
      'a URL with a user': () => fetched(`http://localhost:${allowed.port}@127.0.0.1:${inside.port}/`),
      'a second request over a connection that has passed': () =>
        [
          'import http.client',
          "c = http.client.HTTPConnection('127.0.0.1', 3128, timeout=10)",
          `c.request('GET', 'http://localhost:${allowed.port}/first'); print(c.getresponse().read())`,
          `c.request('GET', 'http://127.0.0.1:${inside.port}/second'); r = c.getresponse(); print(r.status, r.read())`,
        ].join('\n'),
      'the address without the proxy': () =>
        `import socket\nfor a in ['127.0.0.1', '0.0.0.0', '93.184.216.34']:\n  try: socket.create_connection((a, ${inside.port}), 2); print('through')\n  except OSError as e: print(e)`,
      'a name server': () =>
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ntry: s.sendto(b'x', ('1.1.1.1', 53)); print('through')\nexcept OSError as e: print(e)",
    };

    it('whatever they try, while the way that is granted stays open', async () => {
      const programs = Object.entries(attempts).map(([name, attempt]) => [name, attempt()]);
      const said = await python(
        `import json\nfor name, code in json.loads(${JSON.stringify(JSON.stringify(programs))}):\n  print('==', name)\n  exec(code, {})\nprint('== control')\n${fetched(`http://localhost:${allowed.port}/control`)}`,
      );
      const parts = Object.fromEntries(
        said.split('== ').map((part) => [part.split('\n')[0] ?? '', part.split('\n').slice(1).join('\n')]),
      );
      expect(parts['control']).toContain('SERVED /control');
      for (const name of Object.keys(attempts)) {
        const answer = (parts[name] ?? 'SERVED nothing: it was not tried').replace('SERVED /first', '');
        expect([name, answer]).toEqual([name, expect.not.stringMatching(/SERVED|^through$/m)]);
      }
      expect(inside.connections).toBe(0);
    });

    it('by a name that is looked up anew each time, and means something inside the next', async () => {
      const urls = [1, 2, 3].map(() => fetched(`http://rebinding.example.com:${inside.port}/`));
      expect(await python(urls.join('\n'))).not.toContain('SERVED');
      expect({ rebound, connections: inside.connections }).toEqual({ rebound: 3, connections: 0 });
      expect(records).toEqual([
        expect.objectContaining({ outcome: 'refused_address', host: 'rebinding.example.com' }),
      ]);
    });

    it('anything, when nothing is granted: there is no port and no socket', async () => {
      const said = await python(
        `${fetched(`http://localhost:${allowed.port}/`)}\nimport os; print(os.path.exists('/run/proxy.sock'), [n for n in os.environ if 'proxy' in n.lower()])`,
        [],
      );
      expect(said).toContain('refused');
      expect(said).toContain('False []');
      expect(records).toEqual([]);
    });

    it('and each refusal is on record, with what was wished for', async () => {
      await python(fetched('http://elsewhere.example.com/secret?word'));
      expect(records).toEqual([
        { who: 'r/call:1.0', outcome: 'not_listed', host: 'elsewhere.example.com', port: 80 },
      ]);
    });
  });

  it('are told why, in the words of the refusal', async () => {
    const said = await python(tunnelled('example.com', 443));
    expect(said).toContain(`403 not among the hosts that may be reached: localhost:${allowed.port}`);
  });

  it('may ask without end, and leave fifty records and no connection', async () => {
    const flood = `import socket\nfor i in range(300):\n  s = socket.create_connection(('127.0.0.1', 3128), 10); s.sendall(b'CONNECT h%d.example.com:443 HTTP/1.1\\r\\n\\r\\n' % i); s.recv(99); s.close()`;
    expect(await python(flood)).toBe('');
    expect(records).toHaveLength(50);
  });

  it('are refused by servers of no HTTP alike', async () => {
    const quiet = tcpServer((socket) => socket.end('SSH-2.0-x\r\n'));
    servers.push(quiet);
    await new Promise<void>((done) => quiet.listen(0, '127.0.0.1', () => done()));
    const { port } = quiet.address() as AddressInfo;
    expect(await python(fetched(`http://localhost:${port}/`), [`localhost:${port}`])).toContain('refused');
  });
});

it('a tier that has no way to a proxy gives programs no network, whatever is granted', async () => {
  const way = await new Egress({
    ...{ trusted: [], refused: [], onPassage: () => undefined, onRecord: () => undefined },
  }).open(['pypi.org:443'], { hasProxy: false }, 'k');
  expect(way.network).toEqual({ kind: 'none' });
});
