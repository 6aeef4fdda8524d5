import { Refusal } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { dataFolder } from '../data/data-folder';
import { developmentKey } from '../data/dev-key';
import { adviceFor, readProblem } from '../runs/problem';
import { awaitReady, runningStack } from '../stack/running-stack';
import { stackOwner } from '../stack/stack-lock';
import { urlOf } from '../stack/stack-state';
import { ask } from './http-exchange';

const timeoutMs = 10_000;
const startTimeoutMs = 60_000;

/**
 * What the gateway of the stack in this data folder answers to a GET, by the development key; one that is starting is waited for.
 *
 * @throws Refusal when no stack runs, when its gateway does not answer, and with what it refuses
 */
export async function askGateway(path: string, given: string | undefined, shell: Shell): Promise<string> {
  const data = dataFolder(given, shell);
  const isComing = stackOwner(data.lockFile) !== undefined;
  const state =
    runningStack(data)?.phase === 'ready' || !isComing
      ? runningStack(data)
      : await awaitReady(data, startTimeoutMs);
  const url = state === undefined ? undefined : urlOf(state, 'gateway');
  if (url === undefined)
    throw new Refusal(`no stack runs in ${data.root}: start it with \`lumina up --detach\`, then ask again`);
  const headers = { 'x-api-key': developmentKey(data.devKey) };
  const { status, text } = await ask(`${url}${path}`, { headers, timeoutMs }).catch((error: unknown) => {
    throw new Refusal(
      `the gateway does not answer: ${(error as Error).message}. \`lumina status\` shows the stack`,
    );
  });
  if (status === 200) return text;
  const { code, message } = readProblem(status, text);
  throw new Refusal([message, adviceFor(code)].filter((line) => line !== '').join('\n'));
}
