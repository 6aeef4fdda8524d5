import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { DataFolder } from '../data/data-folder';
import { keptSecret, randomWord } from '../data/dev-key';

export interface EmbeddedRedis {
  readonly configFile: string;
  /** Holds the password and nothing else. */
  readonly passwordFile: string;
  readonly password: string;
  readonly port: number;
  /** Without the password. */
  readonly url: string;
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** The password stands in files only: a command line is everybody's to read. */
export function configureEmbeddedRedis(data: DataFolder, port: number): EmbeddedRedis {
  const passwordFile = join(data.redis, 'password');
  const password = keptSecret(passwordFile, () => randomWord(40));
  const configFile = join(data.redis, 'redis.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${quoted(data.redis)}`,
    `requirepass ${password}`,
    'daemonize no',
    'logfile ""',
    'save ""',
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    'stream-node-max-bytes 1024',
  ];
  writeFileSync(configFile, `${lines.join('\n')}\n`, { mode: 0o600 });
  return { configFile, passwordFile, password, port, url: `redis://127.0.0.1:${port}` };
}

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
}

const command = (words: readonly string[]): string =>
  [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word])].join('\r\n') +
  '\r\n';

/** Whether Redis there takes commands: undefined when it does, else what it says or what stands in the way. */
export function redisFault(address: RedisAddress, timeoutMs: number): Promise<string | undefined> {
  const { host, port, username, password } = address;
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let answers = '';
    const end = (fault: string | undefined): void => {
      socket.destroy();
      resolve(fault);
    };
    socket.setTimeout(timeoutMs, () => end(`no answer within ${timeoutMs} ms`));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.once('close', () => end('it closed the connection'));
    socket.on('data', (piece) => {
      answers += piece.toString('latin1');
      const refusal = /^-(.*)\r\n/m.exec(answers);
      if (refusal !== null) end(refusal[1]);
      else if (answers.includes('+PONG\r\n')) end(undefined);
    });
    const login = password === undefined ? [] : ['AUTH', ...(username ? [username] : []), password];
    socket.write((login.length > 0 ? command(login) : '') + command(['PING']));
  });
}

/** The address in a redis:// URL; TLS is the services' business, so that of rediss:// only reachability is known. */
export function redisAddress(url: string, password?: string): RedisAddress {
  const parsed = new URL(url);
  const secret = password ?? decodeURIComponent(parsed.password);
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port || 6379),
    ...(parsed.username !== '' && { username: decodeURIComponent(parsed.username) }),
    ...(secret !== '' && { password: secret }),
  };
}
