import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (request: SeenRequest, response: ServerResponse) => void;

/** A gateway for tests: answers the n-th request with the n-th answer, the last one for ever. */
export interface FakeGateway {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

export async function startFakeGateway(answers: readonly Answer[]): Promise<FakeGateway> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const asked = { method, url, headers, body: Buffer.concat(pieces).toString() };
      seen.push(asked);
      const answer = answers[Math.min(seen.length, answers.length) - 1];
      if (answer === undefined) response.writeHead(500).end();
      else answer(asked, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface SentFrame {
  readonly event: string;
  readonly data: unknown;
  /** Absent: the frame has no place in the run. */
  readonly id?: string;
}

const frameText = ({ event, data, id }: SentFrame): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n${id === undefined ? '' : `id: ${id}\n`}\n`;

/** Streams the frames; `ending` says whether the stream then ends, breaks or stays open. */
export const streaming =
  (frames: readonly SentFrame[], ending: 'end' | 'break' | 'open' = 'end'): Answer =>
  (_request, response) => {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'content-location': '/threads/t/runs/run-1',
    });
    response.write(frames.map(frameText).join(''), () => {
      if (ending === 'end') response.end();
      if (ending === 'break') response.destroy();
    });
  };

export const answering =
  (status: number, body: unknown): Answer =>
  (_request, response) => {
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
