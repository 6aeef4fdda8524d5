import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { effectTool, guardedTool, lookupTool, slowTool } from '../effect-tool';

/** What a run of the drill is asked to do: the scripted model picks its turns by these words. */
export const tasks = {
  /** model → an idempotent call and one that is not → model */
  usual: 'the usual work',
  /** The same, with an answer that takes longer than a lease */
  long: 'long work',
  /** model → one call that must not be repeated → model */
  effect: 'one effect',
  /** model → a subagent, which does `effect` → model */
  delegation: 'delegated work',
  /** model, which says a word twenty times a second for ten seconds */
  talk: 'small talk',
  /** model, which is silent for long before its first word */
  silence: 'deep thought',
  /** model → a call that takes long */
  slow: 'slow work',
  /** model → a call that a person must approve */
  guarded: 'guarded work',
  /** model → a file outside of the workspace → model */
  prying: 'prying work',
  /** model → a subagent, which does `slow` */
  slowDelegation: 'delegated toil',
} as const;

const thinkingMs = 250;
const wordsPerSecond = 20;
const longWords = 80;

const scenario = `# The scripted model of a drill: what it says depends on the conversation alone.
scenarios:
  usual:
    match: '${tasks.usual}'
    turns:
      - before_headers_ms: ${thinkingMs}
        tool_calls: [{ name: ${lookupTool}, args: {} }, { name: ${effectTool}, args: {} }]
      - before_headers_ms: ${thinkingMs}
        text: 'All of it is done.'
        tokens_per_second: 40
  long:
    match: '${tasks.long}'
    turns:
      - before_headers_ms: ${thinkingMs}
        tool_calls: [{ name: ${lookupTool}, args: {} }, { name: ${effectTool}, args: {} }]
      - before_headers_ms: ${thinkingMs}
        tokens: ${longWords}
        tokens_per_second: ${wordsPerSecond}
  effect:
    match: '${tasks.effect}'
    turns:
      - before_headers_ms: 50
        tool_calls: [{ name: ${effectTool}, args: {} }]
      - text: 'The effect is done.'
  delegation:
    match: '${tasks.delegation}'
    turns:
      - before_headers_ms: 50
        tool_calls: [{ name: delegate, args: { agent: helper, task: '${tasks.effect}' } }]
      - text: 'The helper says: {{last_tool_result}}'
  talk:
    match: '${tasks.talk}'
    turns: [{ tokens: 200, tokens_per_second: ${wordsPerSecond} }]
  silence:
    match: '${tasks.silence}'
    turns: [{ before_first_token_ms: 30000, text: 'At last.' }]
  slow:
    match: '${tasks.slow}'
    turns: [{ tool_calls: [{ name: ${slowTool}, args: {} }] }, { text: 'The slow work is done.' }]
  guarded:
    match: '${tasks.guarded}'
    turns: [{ tool_calls: [{ name: ${guardedTool}, args: {} }] }, { text: 'The guarded work is done.' }]
  prying:
    match: '${tasks.prying}'
    turns: [{ tool_calls: [{ name: read_file, args: { path: '../../passwd' } }] }, { text: 'It was refused.' }]
  synthetic:
    match: 'test of the service'
    turns: [{ text: 'well' }]
  slow-delegation:
    match: '${tasks.slowDelegation}'
    turns:
      - tool_calls: [{ name: delegate, args: { agent: helper, task: '${tasks.slow}' } }]
      - text: 'The helper is done.'
`;

const agents = `defaultAgent: drill
agents:
  drill:
    description: Does what a drill asks for.
    instructions: Do what you are asked.
    tools: [${lookupTool}, ${effectTool}, ${slowTool}, ${guardedTool}, read_file]
    subagents: [helper]
    policy: { ${effectTool}: allow, ${slowTool}: allow, ${guardedTool}: ask }
    onUnknownOutcome: tell-model
    waitForModelsMs: 600000
  helper:
    description: Does what the drill's agent hands on.
    instructions: Do what you are asked.
    tools: [${effectTool}, ${slowTool}]
    policy: { ${effectTool}: allow, ${slowTool}: allow }
    onUnknownOutcome: tell-model
    waitForModelsMs: 600000
`;

/** Agents that need nothing which the configuration of an older version would not know. */
export const agentsOfAnyVersion = agents.replaceAll(/^ +waitForModelsMs: .*\n/gm, '');

export interface DrillFolder {
  readonly root: string;
  readonly config: string;
  readonly scenario: string;
  readonly ledger: string;
  readonly workspaces: string;
  readonly logs: string;
  readonly markers: string;
}

/** Everything that one drill leaves on the disk, under one folder. */
export function layOut(root: string): DrillFolder {
  const folder = {
    root,
    config: join(root, 'lumina.yaml'),
    scenario: join(root, 'scenario.yaml'),
    ledger: join(root, 'ledger.jsonl'),
    workspaces: join(root, 'workspaces'),
    logs: join(root, 'logs'),
    markers: join(root, 'markers'),
  };
  for (const path of [folder.workspaces, folder.logs, folder.markers]) mkdirSync(path, { recursive: true });
  writeFileSync(folder.config, agents);
  writeFileSync(folder.scenario, scenario);
  writeFileSync(folder.ledger, '');
  return folder;
}
