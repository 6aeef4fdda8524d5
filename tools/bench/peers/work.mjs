// The agent that every peer runs, in no framework's words.
process.env.NODE_ENV ??= 'production';

export const systemPrompt = 'You are a helpful assistant.';
export const modelName = 'scripted';
/** The simulated model takes any. */
export const apiKey = 'any-key';

export const benchTool = {
  name: 'bench_tool',
  description: 'Tells the value of a key.',
  answer: 'the value of k is 42',
};

/** What the bench hands to a peer; README.md has the meaning of each. */
export const given = {
  get port() {
    return Number(required('PORT'));
  },
  get modelBaseUrl() {
    return required('MODEL_BASE_URL');
  },
  get redisUrl() {
    return required('REDIS_URL');
  },
  get dataDir() {
    return required('DATA_DIR');
  },
};

function required(name) {
  const value = process.env[name];
  if (value) return value;
  throw new Error(`${name} is not set: the bench sets it, and so does tools/bench/peers/check.mjs`);
}
