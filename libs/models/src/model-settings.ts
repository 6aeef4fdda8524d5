import {
  type Settings,
  bytes,
  defineSettings,
  duration,
  integer,
  list,
  secretOf,
  text,
  url,
} from '@lumina/platform';

const keyOptions = {
  pattern: /^[\x21-\x7e]+(\s+[\x21-\x7e]+)*$/,
  expected:
    'a key of printable ASCII characters; several, while one is rotated, separated by commas or white space',
} as const;

/** The environment variables of this library. Times in milliseconds and sizes in bytes once they are parsed. */
export const modelSettings = defineSettings({
  OPENAI_API_KEY: secretOf(
    text({
      description:
        'Key of the OpenAI-compatible endpoint; local servers often need none. While it is rotated: the old and the new one, separated by a comma.',
      ...keyOptions,
    }),
  ),
  OPENAI_BASE_URL: url({
    description:
      'An OpenAI-compatible endpoint, with or without /v1; with OPENAI_API_KEY alone it is api.openai.com.',
  }),
  ANTHROPIC_API_KEY: secretOf(
    text({ description: 'Key of Anthropic’s Messages; two while it is rotated.', ...keyOptions }),
  ),
  ANTHROPIC_BASE_URL: url({
    description:
      'A server that speaks Anthropic’s Messages; with ANTHROPIC_API_KEY alone it is api.anthropic.com.',
  }),
  OLLAMA_BASE_URL: url({ description: 'An Ollama server; without it http://127.0.0.1:11434 is tried.' }),
  LUMINA_SIMULATED_BASE_URL: url({ description: 'The simulated model; set by `lumina up`.' }),
  LUMINA_MODEL: list({
    description: 'Default model as provider/model; several, comma-separated, are a fallback chain.',
    // the form of modelRefSchema; a test compares the two
    pattern: /^[a-z][a-z0-9-]*\/\S+$/,
    expected: 'provider/model, for example openai/gpt-5; several separated by commas',
  }),
  LUMINA_MODEL_ATTEMPTS: integer({
    description: 'How often one model is asked before the next in the chain.',
    default: '3',
    min: 1,
    max: 10,
  }),
  LUMINA_MODEL_BREAKER_FAILURES: integer({
    description:
      'After how many requests a model is left alone for a while, if at least half of its last 20 failed.',
    default: '5',
    min: 1,
    max: 1_000,
  }),
  LUMINA_MODEL_BREAKER_REST: duration({
    description: 'How long it is left alone before one request tries it again.',
    default: '10s',
    minMs: 1,
    maxMs: 3_600_000,
  }),
  LUMINA_MODEL_CONNECT_TIMEOUT: duration({
    description: 'Longest wait for a connection to a provider.',
    default: '5s',
    minMs: 1,
    maxMs: 60_000,
  }),
  LUMINA_MODEL_FIRST_TOKEN_TIMEOUT: duration({
    description: 'Longest wait for the first token of an answer.',
    default: '120s',
    minMs: 1,
    maxMs: 3_600_000,
  }),
  LUMINA_MODEL_IDLE_TIMEOUT: duration({
    description: 'Longest silence within an answer.',
    default: '60s',
    minMs: 1,
    maxMs: 3_600_000,
  }),
  LUMINA_MODEL_CALL_TIMEOUT: duration({
    description: 'Longest time for one whole answer.',
    default: '10m',
    minMs: 1,
    maxMs: 86_400_000,
  }),
  LUMINA_MODEL_MAX_ANSWER: bytes({
    description: 'Largest response that is read from a provider, decompressed.',
    default: '32MiB',
    min: 1,
  }),
  LUMINA_MODEL_PROXY_URL: secretOf(
    url({
      description:
        'HTTP proxy for the providers openai, openai-responses and anthropic. HTTP_PROXY and its like are never used.',
    }),
  ),
});

export type ModelSettings = Settings<typeof modelSettings>;
