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
  port: Number(process.env.PORT),
  modelBaseUrl: process.env.MODEL_BASE_URL,
  redisUrl: process.env.REDIS_URL,
  dataDir: process.env.DATA_DIR,
};
