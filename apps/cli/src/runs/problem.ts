/** What the gateway says of a request that it does not serve. */
export interface Problem {
  readonly status: number;
  /** A LUM_* code, or empty: the LangGraph API answers 404 in plain text. */
  readonly code: string;
  readonly message: string;
}

interface ProblemBody {
  readonly title?: unknown;
  readonly detail?: unknown;
  readonly code?: unknown;
  readonly errors?: unknown;
}

const words = (value: unknown): string => (typeof value === 'string' ? value : '');
const maxCharacters = 2_000;

function fieldLines(errors: unknown): readonly string[] {
  if (!Array.isArray(errors)) return [];
  return (errors as readonly { field?: unknown; expected?: unknown }[]).map(
    ({ field, expected }) =>
      `  ${words(field) || 'a field'}: expected ${words(expected) || 'something else'}`,
  );
}

function parse(text: string): ProblemBody | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Reads problem details (RFC 9457); anything else is shown as it is. */
export function readProblem(status: number, text: string): Problem {
  const body = parse(text);
  const plain = text.trim().slice(0, maxCharacters) || `the gateway answered ${status} and nothing else`;
  if (body === undefined) return { status, code: '', message: plain };
  const message = words(body.detail) || words(body.title) || plain;
  return {
    status,
    code: words(body.code),
    message: [message, ...fieldLines(body.errors)].join('\n'),
  };
}

const advice: Readonly<Record<string, string>> = {
  LUM_UNAUTHENTICATED:
    'The key in the data folder is not one that the gateway knows: `lumina down`, then try again.',
  LUM_MODEL_UNAVAILABLE:
    "Check that the model's endpoint can be reached (`lumina doctor`), or choose another with LUMINA_MODEL.",
  LUM_MODEL_REJECTED: "Check the API key and the model's name; `lumina doctor` asks the endpoint.",
  LUM_MODEL_UNKNOWN: 'Set LUMINA_MODEL to a model that the endpoint offers, for example openai/NAME.',
  LUM_STORE_UNAVAILABLE: 'Redis does not answer: `lumina status` shows it. Then try again.',
  LUM_NOT_DURABLE: 'Redis could not confirm the write: `lumina status` shows it. Then try again.',
  LUM_THREAD_BUSY: 'Another run of this thread is under way: wait for it, or use another --thread.',
  LUM_STEP_LIMIT: 'Give a smaller task, or raise limits.steps of the agent in lumina.yaml.',
  LUM_TOOL_CALL_LIMIT: 'Give a smaller task, or raise limits.toolCalls of the agent in lumina.yaml.',
  LUM_TOKEN_LIMIT: 'Give a smaller task, or raise limits.tokens of the agent in lumina.yaml.',
  LUM_COST_LIMIT: 'Give a smaller task, or raise limits.costUsd of the agent in lumina.yaml.',
  LUM_WALL_TIME_LIMIT: 'Give a smaller task, or raise limits.wallTimeMs of the agent in lumina.yaml.',
};

/** What the person at the terminal can do about a code; empty where there is nothing better than its message. */
export const adviceFor = (code: string): string => (Object.hasOwn(advice, code) ? (advice[code] ?? '') : '');
