import { PassThrough, Writable } from 'node:stream';
import {
  type JSONRPCMessage,
  type Transport,
  deserializeMessage,
  serializeMessage,
} from '@modelcontextprotocol/client';
import type { Sandbox, SandboxOutcome, SandboxSpec } from '@lumina/sandbox';
import { visible } from '../output/untrusted';
import { cutText } from '../workspace/printable';
import { flooded, messageGate } from './message-gate';

const maxMessageBytes = 4 * 1024 ** 2;
const maxUnreadBytes = 8 * 1024 ** 2;
const newline = 0x0a;

/** A server that is a program in the sandbox, spoken to over its standard streams: a message a line. */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  private readonly stdin = new PassThrough();
  private readonly stopped = new AbortController();
  private ended: Promise<void> | undefined;
  /** How the program ended, once it has. */
  private end: string | undefined;
  private parts: Buffer[] = [];
  private partBytes = 0;
  private failure: string | undefined;
  private readonly gate = messageGate(Date.now);

  constructor(
    private readonly sandbox: Pick<Sandbox, 'run'>,
    private readonly spec: Omit<SandboxSpec, 'dialogue' | 'stdin'>,
  ) {}

  /** Why it is over; undefined while the program runs. For operators. */
  get reason(): string | undefined {
    return this.end;
  }

  async start(): Promise<void> {
    const stdout = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.read(chunk);
        done();
      },
    });
    const dialogue = { stdin: this.stdin, stdout };
    this.ended = this.sandbox.run({ ...this.spec, dialogue }, this.stopped.signal).then(
      (outcome) => this.over(reasonOf(outcome)),
      (error: unknown) => this.over((error as Error).message),
    );
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.end !== undefined) throw new Error(`the server has ended: ${this.end}`);
    if (this.stdin.writableLength > maxUnreadBytes)
      throw new Error('the server does not read what it is sent');
    this.stdin.write(serializeMessage(message));
  }

  /** Resolves when no process of the server is left. */
  async close(): Promise<void> {
    this.stopped.abort();
    await this.ended;
  }

  private over(reason: string): void {
    this.end = this.failure ?? reason;
    this.stdin.destroy();
    this.parts = [];
    this.onclose?.();
  }

  private read(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      this.line(Buffer.concat([...this.parts, rest.subarray(0, end)]).toString('utf8'));
      this.parts = [];
      this.partBytes = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0 || this.stopped.signal.aborted) return;
    this.parts.push(rest);
    this.partBytes += rest.length;
    if (this.partBytes > maxMessageBytes)
      this.fail(`it sent a message of more than ${maxMessageBytes} bytes`);
  }

  /** What is no message is passed over: many a server prints a greeting. */
  private line(text: string): void {
    if (this.stopped.signal.aborted) return;
    if (!this.gate()) return this.fail(flooded);
    let message: JSONRPCMessage;
    try {
      message = deserializeMessage(text);
    } catch {
      this.onerror?.(new Error('it printed something that is no message'));
      return;
    }
    this.onmessage?.(message);
  }

  private fail(reason: string): void {
    this.failure = reason;
    this.stopped.abort();
  }
}

function reasonOf({ end, stderr }: SandboxOutcome): string {
  const last = stderr.head.toString('utf8').trim().split('\n').at(-1) ?? '';
  const said = last === '' ? '' : ` (${cutText(visible(last), 200)})`;
  switch (end.kind) {
    case 'exited':
      return `its program ended with code ${end.exitCode}${said}`;
    case 'limit':
      return `its program exceeded its limit of ${end.limit}`;
    case 'cancelled':
      return 'it was stopped';
    case 'not_started':
      return `its program could not be started: ${end.reason}`;
  }
}
