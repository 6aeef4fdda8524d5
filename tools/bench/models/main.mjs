// What Lumina adds to a call of a model: the money held and settled, the answer checked; how soon a fallback is asked. Prints one JSON
// object; `lumina bench models` starts the Redis, and judges. Needs a build.
//
// Usage: node tools/bench/models/main.mjs --redis NAME=HOST:PORT=REPLICAS … [--rounds N] [--steps N]
import { parseArgs } from 'node:util';
import { budgetRounds } from './budgets.mjs';
import { breakerRound, fallbackRound } from './fallbacks.mjs';

const { values } = parseArgs({
  options: {
    redis: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    // Of each kind in a round.
    steps: { type: 'string', default: '500' },
  },
});
const [rounds, steps] = [Number(values.rounds), Number(values.steps)];
const say = (text) => process.stderr.write(`${text}\n`);

const budgets = {};
for (const given of values.redis) {
  const [, name, host, port, replicas] = /^(\w+)=(.+):(\d+)=(\d+)$/.exec(given) ?? [];
  if (name === undefined) throw new Error(`--redis must be NAME=HOST:PORT=REPLICAS, not '${given}'`);
  const place = { host, port: Number(port), replicas: Number(replicas) };
  budgets[name] = await budgetRounds(place, { rounds, steps, say });
}
const breaker = [];
const fallback = [];
for (let round = 1; round <= rounds; round += 1) {
  say(`round ${round} of ${rounds}: an open breaker`);
  breaker.push(await breakerRound(steps));
  say(`round ${round} of ${rounds}: first models that are no good`);
  fallback.push(await fallbackRound());
}
console.log(JSON.stringify({ budgets, breaker, fallback }));
process.exit(0);
