// What reserving, settling and checking add to a step that asks a model: claim and commit of the same step with no budget, with one, and
// with five that count it, in turn, so that whatever else the machine does falls on all alike; and the check of its answer.
import { library, require, timesOf } from './built.mjs';

const { answerFaults } = library('agent');
const { agentDefinitionSchema } = library('contracts');
const { DurableWriter, RedisRunStore } = library('store');
const { Redis } = require('ioredis');

const warmUpSteps = 100;

const budget = (scope, period) => ({
  ...{ scope, name: '*', period, nanoUsd: 9e14, tokens: 9e14, onLimit: 'fail' },
});
const five = [
  ...['tenant', 'agent', 'thread'].map((scope) => budget(scope, 'day')),
  ...['tenant', 'agent'].map((scope) => budget(scope, 'month')),
];
const variations = { none: [], one: five.slice(0, 1), five };

const accepted = (run) => ({
  ...{ run, at: 1, type: 'run.accepted', agent: 'a', agentDigest: 'd', input: [], depth: 0 },
  limits: { steps: 25, toolCalls: 100, tokens: 1e6, costUsd: 5, wallTimeMs: 6e5 },
});

/** A report with quotations out of what a tool has said: every check has something to do. */
const words = Array.from({ length: 60 }, (_one, index) => `Finding ${index} is that so and so was seen.`);
const sources = words.slice(0, 10).map((said) => `“${said}” [notes.txt]`);
const text = JSON.stringify({ title: 'What was found', sources });
const agent = agentDefinitionSchema.parse({
  ...{
    name: 'a',
    description: 'Reports.',
    instructions: `Report what you find. ${'Be exact. '.repeat(100)}`,
  },
  answer: {
    schema: {
      ...{ type: 'object', required: ['title', 'sources'], additionalProperties: false },
      properties: { title: { type: 'string' }, sources: { type: 'array', items: { type: 'string' } } },
    },
    ...{ maxCharacters: 10_000, forbid: ['stack-trace', 'instructions'], isGrounded: true },
  },
});
const said = {
  role: 'tool',
  id: 't',
  toolCallId: 'c',
  name: 'read_file',
  content: words.join('\n').repeat(8),
  isError: false,
};
const evidence = [{ role: 'user', id: 'u', content: 'What was found?' }, said];

const answered = (run) => ({
  ...{ run, at: 1, type: 'model.answered', step: 1, model: 'openai/m', costUsd: 1e-5, finishReason: 'stop' },
  message: { role: 'assistant', id: 'm', content: text, toolCalls: [] },
  ...{ usage: { inputTokens: 100, outputTokens: 20 }, attempt: 1, durationMs: 1, timeToFirstTokenMs: 1 },
});
const spent = { agent: 'a', model: 'openai/m', inputTokens: 100, outputTokens: 20, costUsd: 1e-5, lost: 0 };
const models = [{ name: 'openai/m', input: 1_000, output: 4_000 }];

/** Milliseconds of one step's claim and commit. */
async function step(store, name, run) {
  const budgets = variations[name];
  const wants = budgets.length === 0 ? 'journal' : { tariffs: name };
  await store.create({
    ...{ run, thread: `t-${run}`, tenant: 'acme', accepted: accepted(run), requestDigest: run },
    ...{ ifThreadMissing: 'create', ifThreadBusy: 'enqueue', threadMetadata: {}, isListed: false },
    caps: { ofTenant: 0, ofAgent: 0 },
  });
  const startedMs = performance.now();
  const { claimed } = await store.claim({ run, item: 'step:1' }, `w-${run}`, 30_000, wants);
  const claimMs = performance.now() - startedMs;
  if (claimed.allowance.kind === 'unpriced')
    await store.reserve(claimed.lease, name, { base: 2_000, out: 4_096, model: 'openai/m', models, budgets });
  else if ((claimed.allowance.kind === 'held') !== budgets.length > 0)
    throw new Error(`a step with ${budgets.length} budgets is ${claimed.allowance.kind}`);
  const committingMs = performance.now();
  const facts = [answered(run), { run, at: 2, type: 'run.succeeded' }];
  const { kind } = await store.commit(claimed.lease, { facts, status: 'succeeded', open: [], spent });
  if (kind !== 'committed') throw new Error(`a commit is ${kind}`);
  return claimMs + performance.now() - committingMs;
}

function check() {
  const startedMs = performance.now();
  const faults = answerFaults({ text, isCutOff: false, agent, evidence });
  if (faults.length > 0)
    throw new Error(`the answer of the benchmark breaks its rules: ${faults[0].message}`);
  return performance.now() - startedMs;
}

/** One round: so many steps of each kind, in turn. `added` is pair by pair, against a step without budgets and checks. */
async function round(store, name, steps) {
  const samples = { none: [], one: [], five: [], check: [], added: [], whole: [] };
  for (let index = 0; index < steps; index += 1) {
    const taken = {};
    for (const kind of Object.keys(variations))
      taken[kind] = await step(store, kind, `${name}-${kind}-${index}`);
    taken.check = check();
    taken.added = taken.five + taken.check - taken.none;
    taken.whole = taken.five + taken.check;
    for (const [kind, ms] of Object.entries(taken)) samples[kind].push(ms);
  }
  return Object.fromEntries(Object.entries(samples).map(([kind, sample]) => [kind, timesOf(sample)]));
}

/** On the master at this address; `replicas` must confirm each write. */
export async function budgetRounds({ host, port, replicas }, { rounds, steps, say }) {
  const redis = new Redis({ host, port, autoResendUnfulfilledCommands: false, enableOfflineQueue: false });
  try {
    await new Promise((done, failed) => redis.once('ready', done).once('error', failed));
    const store = new RedisRunStore(
      new DurableWriter(redis, { replicas, waitMs: 1_000, deadlineMs: 8_000 }),
      redis,
    );
    await store.putAgent('d', '{}');
    await round(store, 'warm-up', warmUpSteps);
    const found = [];
    for (let n = 0; n < rounds; n += 1) {
      say(`round ${n + 1} of ${rounds}: reserve, settle, check; ${replicas} replicas confirm`);
      found.push(await round(store, `r${n}`, steps));
    }
    return found;
  } finally {
    redis.disconnect();
  }
}
