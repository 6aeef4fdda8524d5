import type { Command } from '../command-line/command';
import { parseOptions } from '../command-line/options';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { dataFolder } from '../data/data-folder';
import { developmentKey } from '../data/dev-key';
import { type TextAnswer, ask } from '../gateway/http-exchange';
import { type Explanation, explanationText } from '../runs/explanation-text';
import { adviceFor, readProblem } from '../runs/problem';
import { awaitReady, runningStack } from '../stack/running-stack';
import { stackOwner } from '../stack/stack-lock';
import { urlOf } from '../stack/stack-state';

const usage = `Usage: lumina explain RUN [--json] [--data DIR]

Says why a run is where it is: what it waits for and since when, what happened so far, and what to do.

  --json       the gateway's answer as it is
  --data DIR   which stack (default: LUMINA_DATA, else .lumina)
`;

const timeoutMs = 10_000;
const startTimeoutMs = 60_000;

async function askGateway(url: string, apiKey: string): Promise<TextAnswer> {
  try {
    return await ask(url, { headers: { 'x-api-key': apiKey }, timeoutMs });
  } catch (error) {
    throw new Refusal(
      `the gateway does not answer: ${(error as Error).message}. \`lumina status\` shows the stack`,
    );
  }
}

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const options = { json: { type: 'boolean' }, data: { type: 'string' } } as const;
  const parsed = parseOptions(args, options, 1);
  if (parsed.kind === 'wrong') throw new Refusal(`${parsed.message}\n\n${usage.trimEnd()}`, exitCodes.usage);
  const id = parsed.positionals[0] ?? '';
  if (id === '') throw new Refusal(`which run?\n\n${usage.trimEnd()}`, exitCodes.usage);
  const data = dataFolder(parsed.values.data, shell);
  const isComing = stackOwner(data.lockFile) !== undefined;
  const state =
    runningStack(data)?.phase === 'ready' || !isComing
      ? runningStack(data)
      : await awaitReady(data, startTimeoutMs);
  const gatewayUrl = state === undefined ? undefined : urlOf(state, 'gateway');
  if (gatewayUrl === undefined)
    throw new Refusal(`no stack runs in ${data.root}: start it with \`lumina up --detach\`, then ask again`);
  const url = `${gatewayUrl}/runs/${encodeURIComponent(id)}/explain`;
  const { status, text } = await askGateway(url, developmentKey(data.devKey));
  if (status !== 200) {
    const { code, message } = readProblem(status, text);
    throw new Refusal([message, adviceFor(code)].filter((line) => line !== '').join('\n'));
  }
  if (parsed.values.json === true) shell.out.write(`${text.trim()}\n`);
  else shell.out.write(explanationText(JSON.parse(text) as Explanation, Date.now()));
  return exitCodes.ok;
}

export const command: Command = { usage, run };
