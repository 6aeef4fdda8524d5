import type { Transport } from '@modelcontextprotocol/client';

const everyMs = 1_000;
/** Of one server; an answer is one message, and so is each sign of progress. */
const maxMessages = 500;

/** Counts messages: false once a server has sent more in a second than anybody could want. Each costs this process a little. */
export function messageGate(nowMs: () => number): () => boolean {
  let since = nowMs();
  let count = 0;
  return () => {
    const now = nowMs();
    if (now - since > everyMs) {
      since = now;
      count = 0;
    }
    count += 1;
    return count <= maxMessages;
  };
}

export const flooded = `it sent more than ${maxMessages} messages in ${everyMs / 1_000} s`;

/**
 * Closes a connection on which a server floods us. To be put before the protocol takes the transport: it keeps the handler that it
 * finds there.
 */
export function gated(transport: Transport, gate: () => boolean): Transport {
  transport.onmessage = () => {
    if (gate()) return;
    transport.onerror?.(new Error(flooded));
    void transport.close();
  };
  return transport;
}
