import { attributesIn, buffer, buffers, messageIn } from './otlp-messages';

/** One series of a histogram as a collector receives it. */
export interface ReceivedHistogram {
  readonly service: string;
  readonly name: string;
  readonly unit: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
}

const doublesIn = (bytes: Buffer): readonly number[] =>
  Array.from({ length: bytes.length / 8 }, (_one, index) => bytes.readDoubleLE(index * 8));

function pointsOf(bytes: Buffer, service: string): readonly ReceivedHistogram[] {
  const metric = messageIn(bytes);
  const about = { service, name: buffer(metric, 1).toString(), unit: buffer(metric, 3).toString() };
  return buffers(messageIn(buffer(metric, 9)), 1).map((found) => {
    const point = messageIn(found);
    return {
      ...about,
      attributes: attributesIn(buffers(point, 9)),
      count: Number(buffer(point, 4).readBigUInt64LE()),
      sum: buffer(point, 5).readDoubleLE(),
      bounds: doublesIn(Buffer.concat(buffers(point, 7))),
    };
  });
}

/** The histograms of one request of OTLP's exporter of metrics. */
export function histogramsIn(body: Buffer): readonly ReceivedHistogram[] {
  return buffers(messageIn(body), 1).flatMap((bytes) => {
    const ofResource = messageIn(bytes);
    const resource = attributesIn(buffers(messageIn(buffer(ofResource, 1)), 1));
    const scopes = buffers(ofResource, 2).map(messageIn);
    return scopes.flatMap((scope) =>
      buffers(scope, 2).flatMap((metric) => pointsOf(metric, String(resource['service.name']))),
    );
  });
}
