import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrillFolder } from '../stack/drill-files';

/** Each answer has as many tokens as it may have at most, and prompts are free: a call costs what is held for it. */
const tokensOfAnswer = 3;
const usdOfToken = 0.01;
export const usdOfCall = tokensOfAnswer * usdOfToken;

const scenario = `# Says a word at once and takes its time for the others: a call that is under way has been begun to be paid for.
turns:
  - text: 'All is well.'
    before_first_token_ms: 100
    between_tokens_ms: 900
    usage: { prompt: 5, completion: ${tokensOfAnswer} }
`;

const config = (calls: number): string => `defaultAgent: drill
agents:
  drill:
    description: Answers in ${tokensOfAnswer} tokens.
    instructions: Answer.
    models: [openai/scripted]
    tools: []
    maxOutputTokens: ${tokensOfAnswer}
prices:
  openai/scripted:
    { inputUsdPerMillion: 0, outputUsdPerMillion: ${usdOfToken * 1_000_000}, since: '2026-01-01' }
budgets:
  - { scope: tenant, name: '*', period: ever, costUsd: ${(calls * usdOfCall).toFixed(2)}, onLimit: fail }
`;

/** The drill's folder with an agent whose calls are counted, each tenant having a budget for so many. */
export function metered(folder: DrillFolder, calls: number): DrillFolder {
  const own = {
    ...folder,
    config: join(folder.root, 'budget.yaml'),
    scenario: join(folder.root, 'budget-scenario.yaml'),
  };
  writeFileSync(own.config, config(calls));
  writeFileSync(own.scenario, scenario);
  return own;
}
