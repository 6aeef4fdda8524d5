import type { ClientTool, FactOf, RunFailure, Usage } from '@lumina/contracts';
import type { RunSnapshot } from '@lumina/store';
import type { OutputItem } from './output-items';
import { responseId } from './response-ids';

export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'failed' | 'incomplete' | 'cancelled';

export interface ResponseStanding {
  readonly status: ResponseStatus;
  readonly output: readonly OutputItem[];
  readonly usage: Usage | undefined;
  readonly failure: RunFailure | undefined;
  /** Ms since the epoch; undefined while it goes on. */
  readonly endedAtMs: number | undefined;
  readonly incompleteBecause: 'max_output_tokens' | 'content_filter' | undefined;
}

/** What is known of a response's request. */
export type ResponseOrigin = Pick<FactOf<'run.accepted'>, 'run' | 'at' | 'agent' | 'door' | 'options'>;

/** Of a run that was cancelled before its turn came, the request is no longer kept. */
export const originOf = ({ accepted, run, createdMs, agent }: RunSnapshot): ResponseOrigin =>
  accepted ?? { run, at: createdMs, agent };

/** What the API keeps of the request, in its own terms. */
export type KeptRequest = Readonly<Record<string, unknown>>;

export const apiName = 'openai.responses';

/** The names under which a request's settings are kept and shown again, with what stands there when they were not sent. */
const echoed = {
  previous_response_id: null,
  instructions: null,
  tool_choice: 'auto',
  truncation: 'disabled',
  parallel_tool_calls: true,
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  top_logprobs: 0,
  temperature: 1,
  max_output_tokens: null,
  max_tool_calls: null,
  store: true,
  background: false,
  service_tier: 'default',
  metadata: {},
  safety_identifier: null,
  prompt_cache_key: null,
} as const;

export const echoedNames: readonly string[] = [...Object.keys(echoed), 'model', 'text', 'reasoning'];

const seconds = (ms: number): number => Math.floor(ms / 1_000);

/** The response object: a run as the Responses API shows it. */
export function responseView(accepted: ResponseOrigin, standing: ResponseStanding) {
  const request: KeptRequest = accepted.door?.name === apiName ? accepted.door.request : {};
  const { status, output, failure, endedAtMs, incompleteBecause, usage } = standing;
  return {
    id: responseId(accepted.run),
    object: 'response',
    created_at: seconds(accepted.at),
    completed_at: endedAtMs === undefined || status !== 'completed' ? null : seconds(endedAtMs),
    status,
    error: failure === undefined || status !== 'failed' ? null : failure,
    incomplete_details: incompleteBecause === undefined ? null : { reason: incompleteBecause },
    ...echoed,
    ...request,
    model: typeof request['model'] === 'string' ? request['model'] : accepted.agent,
    output,
    tools: (accepted.options?.clientTools ?? []).map(toolView),
    text: { format: { type: 'text' }, ...objectOf(request['text']) },
    reasoning: { effort: null, summary: null, ...objectOf(request['reasoning']) },
    usage: usage === undefined ? null : usageView(usage),
  };
}
export type ResponseView = ReturnType<typeof responseView>;

const objectOf = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});

const toolView = ({ name, description, parameters, isStrict }: ClientTool) => ({
  ...{ type: 'function', name, description, parameters, strict: isStrict ?? false },
});

const usageView = ({ inputTokens, outputTokens }: Usage) => ({
  input_tokens: inputTokens,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: outputTokens,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: inputTokens + outputTokens,
});
