/** One field of a message as it stands on the wire: bytes, or a number. */
type Field = Buffer | bigint;
type Message = ReadonlyMap<number, readonly Field[]>;

/** Reads what protobuf wrote, without a schema: fields by their number, in order. */
export function messageIn(bytes: Buffer): Message {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('a message ends in the middle of a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const fixed = (length: number): Buffer => {
    at += length;
    if (at > bytes.length) throw new Error('a message ends in the middle of a field');
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const value = wire === 0 ? varint() : fixed(wire === 1 ? 8 : wire === 5 ? 4 : Number(varint()));
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

export const buffers = (message: Message, field: number): readonly Buffer[] =>
  (message.get(field) ?? []).filter((value) => Buffer.isBuffer(value));
export const buffer = (message: Message, field: number): Buffer =>
  buffers(message, field)[0] ?? Buffer.alloc(0);
export const integer = (message: Message, field: number): number => {
  const value = message.get(field)?.[0];
  return typeof value === 'bigint' ? Number(value) : 0;
};

/** AnyValue of OpenTelemetry. */
function valueIn(bytes: Buffer): unknown {
  const value = messageIn(bytes);
  if (value.has(1)) return buffer(value, 1).toString();
  if (value.has(2)) return integer(value, 2) === 1;
  if (value.has(3)) return integer(value, 3);
  if (value.has(4)) return buffer(value, 4).readDoubleLE();
  return buffers(messageIn(buffer(value, 5)), 1).map(valueIn);
}

export const attributesIn = (pairs: readonly Buffer[]): Record<string, unknown> =>
  Object.fromEntries(
    pairs.map((bytes) => {
      const pair = messageIn(bytes);
      return [buffer(pair, 1).toString(), valueIn(buffer(pair, 2))];
    }),
  );
