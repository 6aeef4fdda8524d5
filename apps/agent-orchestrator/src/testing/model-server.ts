import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ModelTurn {
  readonly text?: string;
  readonly toolCalls?: readonly { readonly name: string; readonly args: object }[];
  /** Waited for before the second half of the text is sent. */
  readonly halfway?: Promise<void>;
  /** The connection breaks there instead. */
  readonly breaks?: boolean;
}

export interface ModelServer {
  readonly url: string;
  readonly asked: readonly { readonly messages: readonly { role: string; content: unknown }[] }[];
  close(): Promise<void>;
}

const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const chunk = (delta: object, finish: string | null = null) =>
  event({ id: 'answer', choices: [{ index: 0, delta, finish_reason: finish }] });

/** For tests: an OpenAI-compatible server that plays turns by what it is asked. */
export async function startModelServer(
  turnOf: (messages: readonly { role: string; content: unknown }[]) => ModelTurn,
): Promise<ModelServer> {
  const asked: { messages: readonly { role: string; content: unknown }[] }[] = [];
  const server = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on('data', (data: Buffer) => body.push(data));
    request.on('end', () => {
      if (request.method === 'GET') return void response.end('{"data":[{"id":"simulated"}]}');
      const question = JSON.parse(Buffer.concat(body).toString()) as (typeof asked)[number];
      asked.push(question);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const turn = turnOf(question.messages);
      if (turn.breaks === true) return void response.write(half(turn), () => response.destroy());
      void play(turn, (text) => response.write(text)).then(() => response.end('data: [DONE]\n\n'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, close: () => close(server) };
}

const half = ({ text = '' }: ModelTurn): string =>
  chunk({ content: text.slice(0, Math.ceil(text.length / 2)) });

async function play(turn: ModelTurn, write: (text: string) => void): Promise<void> {
  const { text = '', toolCalls = [], halfway } = turn;
  const middle = Math.ceil(text.length / 2);
  if (text !== '') write(chunk({ content: text.slice(0, middle) }));
  await halfway;
  if (text !== '') write(chunk({ content: text.slice(middle) }));
  toolCalls.forEach(({ name, args }, index) => {
    const call = {
      index,
      id: `c${index}`,
      type: 'function',
      function: { name, arguments: JSON.stringify(args) },
    };
    write(chunk({ tool_calls: [call] }));
  });
  write(chunk({}, toolCalls.length > 0 ? 'tool_calls' : 'stop'));
  write(event({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 3 } }));
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
