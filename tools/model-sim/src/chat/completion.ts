import type { Reply, ReplyUsage } from './reply';

export const systemFingerprint = 'fp_lumina_simulated';

/** What every chunk and the whole of one completion share. `created` in seconds since the Unix epoch. */
export interface CompletionHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

const usageOf = (usage: ReplyUsage): object => ({
  prompt_tokens: usage.prompt,
  completion_tokens: usage.completion,
  total_tokens: usage.prompt + usage.completion,
});

/** The body of an answer that is not streamed. */
export function completionJson(head: CompletionHead, reply: Reply): string {
  const toolCalls = reply.toolCalls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  const hasCalls = toolCalls.length > 0;
  const message = {
    role: 'assistant',
    content: hasCalls && reply.text === '' ? null : reply.text,
    refusal: null,
    ...(hasCalls ? { tool_calls: toolCalls } : {}),
  };
  return JSON.stringify({
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    system_fingerprint: systemFingerprint,
    choices: [{ index: 0, message, logprobs: null, finish_reason: reply.finishReason }],
    ...(reply.usage === null ? {} : { usage: usageOf(reply.usage) }),
  });
}

/** The server-sent events of one streamed answer. */
export interface ChunkWriter {
  /** @param delta JSON text of the `delta` object */
  delta(delta: string): string;
  finish(reason: Reply['finishReason']): string;
  usage(usage: ReplyUsage): string;
}

export const firstDelta = '{"role":"assistant","content":""}';
export const doneEvent = 'data: [DONE]\n\n';

/** Builds events around text that is serialised once per stream, because a stream has hundreds of them. */
export function chunkWriter(head: CompletionHead, isUsageWanted: boolean): ChunkWriter {
  const shared = JSON.stringify({
    id: head.id,
    object: 'chat.completion.chunk',
    created: head.created,
    model: head.model,
    system_fingerprint: systemFingerprint,
  });
  const opening = `data: ${shared.slice(0, -1)},"choices":[{"index":0,"delta":`;
  const usageField = isUsageWanted ? ',"usage":null' : '';
  const closing = `,"logprobs":null,"finish_reason":null}]${usageField}}\n\n`;
  return {
    delta: (delta) => opening + delta + closing,
    finish: (reason) =>
      `${opening}{},"logprobs":null,"finish_reason":${JSON.stringify(reason)}}]${usageField}}\n\n`,
    usage: (usage) =>
      `data: ${shared.slice(0, -1)},"choices":[],"usage":${JSON.stringify(usageOf(usage))}}\n\n`,
  };
}
