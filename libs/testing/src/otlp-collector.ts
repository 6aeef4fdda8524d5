import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ReceivedHistogram, histogramsIn } from './otlp-metrics';
import { type ReceivedSpan, spansIn } from './otlp-spans';

/** A collector on the loopback interface: takes OTLP over HTTP as a real one does, and keeps all that it is sent. */
export interface OtlpCollector {
  readonly url: string;
  spans(): readonly ReceivedSpan[];
  /** Of the newest sending that brought any: values add up from one to the next. */
  histograms(): readonly ReceivedHistogram[];
  /** All bodies with spans, as they came. */
  raw(): Buffer;
  headers(): readonly IncomingHttpHeaders[];
  close(): Promise<void>;
}

export async function startOtlpCollector(): Promise<OtlpCollector> {
  const bodies: Buffer[] = [];
  const metrics: Buffer[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isTraces = request.method === 'POST' && request.url === '/v1/traces';
      const isMetrics = request.method === 'POST' && request.url === '/v1/metrics';
      if (isMetrics) metrics.push(Buffer.concat(chunks));
      if (isTraces) bodies.push(Buffer.concat(chunks));
      if (isTraces || isMetrics) headers.push(request.headers);
      response
        .writeHead(isTraces || isMetrics ? 200 : 404, { 'content-type': 'application/x-protobuf' })
        .end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans: () => bodies.flatMap(spansIn),
    histograms: () => metrics.map(histogramsIn).findLast((found) => found.length > 0) ?? [],
    raw: () => Buffer.concat(bodies),
    headers: () => headers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
