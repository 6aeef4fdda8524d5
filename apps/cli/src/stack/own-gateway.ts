import { Refusal } from '../command-line/refusal';
import type { DataFolder } from '../data/data-folder';
import { developmentKey } from '../data/dev-key';
import { ask } from '../gateway/http-exchange';
import { adviceFor, readProblem } from '../runs/problem';
import { awaitReady, runningStack } from './running-stack';
import { stackOwner } from './stack-lock';
import { urlOf } from './stack-state';

const timeoutMs = 10_000;
const startTimeoutMs = 60_000;

/**
 * Asks the gateway of the stack in this data folder, with the development key; posts where there is a body.
 *
 * @returns the text of its answer
 * @throws Refusal when no stack runs there, when it does not answer, and for what it refuses
 */
export async function askOwnGateway(data: DataFolder, path: string, body?: unknown): Promise<string> {
  const isComing = stackOwner(data.lockFile) !== undefined;
  const state =
    runningStack(data)?.phase === 'ready' || !isComing
      ? runningStack(data)
      : await awaitReady(data, startTimeoutMs);
  const gatewayUrl = state === undefined ? undefined : urlOf(state, 'gateway');
  if (gatewayUrl === undefined)
    throw new Refusal(`no stack runs in ${data.root}: start it with \`lumina up --detach\`, then ask again`);
  const { status, text } = await answerOf(`${gatewayUrl}${path}`, developmentKey(data.devKey), body);
  if (status < 300) return text;
  const { code, message } = readProblem(status, text);
  throw new Refusal([message, adviceFor(code)].filter((line) => line !== '').join('\n'));
}

async function answerOf(url: string, apiKey: string, body: unknown) {
  const posting = body === undefined ? {} : ({ method: 'POST', body } as const);
  try {
    return await ask(url, { headers: { 'x-api-key': apiKey }, timeoutMs, ...posting });
  } catch (error) {
    throw new Refusal(
      `the gateway does not answer: ${(error as Error).message}. \`lumina status\` shows the stack`,
    );
  }
}
