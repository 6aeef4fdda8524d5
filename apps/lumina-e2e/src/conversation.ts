import { Client, type Message } from '@langchain/langgraph-sdk';

export interface StreamedRun {
  readonly threadId: string;
  readonly runId: string;
  readonly events: readonly { readonly event: string; readonly data: unknown }[];
}

export interface ToolMessage {
  readonly type: string;
  readonly tool_call_id: string;
  readonly content: string;
}

export const clientOf = (apiUrl: string, apiKey: string): Client => new Client({ apiUrl, apiKey });

export const said = (content: string): { messages: { role: 'user'; content: string }[] } => ({
  messages: [{ role: 'user', content }],
});

/** Streams one run to its end; `onEvent` sees each event as it comes. */
export async function streamRun(
  client: Client,
  thread: string,
  { task, onEvent }: { task: string; onEvent?: (event: { event: string; data: unknown }) => void },
): Promise<StreamedRun> {
  const events: { event: string; data: unknown }[] = [];
  let runId = '';
  const streamMode = ['updates', 'messages-tuple'] as ('updates' | 'messages-tuple')[];
  for await (const { event, data } of client.runs.stream(thread, 'lumina', {
    input: said(task),
    streamMode,
  })) {
    if (event === 'metadata') runId = String((data as { run_id?: unknown }).run_id);
    events.push({ event, data });
    onEvent?.({ event, data });
  }
  return { threadId: thread, runId, events };
}

export async function messagesOf(client: Client, thread: string): Promise<readonly Message[]> {
  const state = await client.threads.getState<{ messages: Message[] }>(thread);
  return state.values.messages;
}

/** How often each tool call was answered, by its id. */
export function answersByCall(messages: readonly Message[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const message of messages) {
    if (message.type !== 'tool') continue;
    counts.set(message.tool_call_id, (counts.get(message.tool_call_id) ?? 0) + 1);
  }
  return counts;
}

export const textOf = (message: Message | undefined): string =>
  typeof message?.content === 'string' ? message.content : '';
