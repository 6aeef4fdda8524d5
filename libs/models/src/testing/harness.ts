import type { Environment } from '@lumina/platform';
import { parseSettings } from '@lumina/platform';
import type { ModelAnswer, ModelOutcome, ModelRequest } from '../model-client';
import { modelSettings } from '../model-settings';
import { type Models, type ModelsOptions, modelsFromSettings } from '../models';
import { type ByteServer, type Responder, startByteServer } from './byte-server';

export const question: ModelRequest = {
  system: 'Be brief.',
  messages: [{ role: 'user', id: 'm1', content: 'What is the weather in Bern?' }],
  tools: [],
  maxOutputTokens: 100,
};

/** What one call of `answer` showed and came to. */
export interface Conversation {
  readonly outcome: ModelOutcome;
  /** Texts since the last restart. */
  readonly shown: readonly string[];
  readonly restarts: readonly string[];
}

/** The client against a server of the test's own, with waiting recorded instead of done. */
export class Harness {
  readonly delaysMs: number[] = [];
  readonly models: Models;

  private constructor(
    readonly server: ByteServer,
    env: Environment,
    options: ModelsOptions,
  ) {
    const sleep = (delayMs: number): Promise<void> => {
      this.delaysMs.push(delayMs);
      return Promise.resolve();
    };
    const settings = parseSettings(modelSettings, env);
    this.models = modelsFromSettings(settings, { sleep, random: () => 0.5, ...options });
  }

  static async start(
    respond: Responder,
    env: Environment = {},
    options: ModelsOptions = {},
  ): Promise<Harness> {
    const key = 'sk-test-key-0123456789';
    const envAt = (url: string): Environment => ({ OPENAI_BASE_URL: url, OPENAI_API_KEY: key, ...env });
    return Harness.startFor(envAt, respond, options);
  }

  /** @param envAt the settings for a server at this address */
  static async startFor(
    envAt: (url: string) => Environment,
    respond: Responder,
    options: ModelsOptions = {},
  ): Promise<Harness> {
    const server = await startByteServer(respond);
    return new Harness(server, envAt(server.url), options);
  }

  async ask(
    request: ModelRequest = question,
    {
      chain = ['openai/m'],
      signal = new AbortController().signal,
      onText = (_: string): void => undefined,
    } = {},
  ): Promise<Conversation> {
    let shown: string[] = [];
    const restarts: string[] = [];
    const observer = {
      onText: (text: string): void => {
        shown.push(text);
        onText(text);
      },
      onRestart: (reason: string): void => {
        shown = [];
        restarts.push(reason);
      },
    };
    const outcome = await this.models.client.answer(chain, request, observer, signal);
    return { outcome, shown, restarts };
  }

  /** The answer of a call that must be answered. */
  async answer(request?: ModelRequest, options?: { chain?: string[] }): Promise<ModelAnswer> {
    const { outcome } = await this.ask(request, options);
    if (outcome.kind !== 'answered') throw new Error(`expected an answer: ${JSON.stringify(outcome)}`);
    return outcome.answer;
  }

  /** The failure of a call that must fail. */
  async failure(
    request?: ModelRequest,
    options?: { chain?: string[] },
  ): Promise<Extract<ModelOutcome, { kind: 'failed' }>> {
    const { outcome } = await this.ask(request, options);
    if (outcome.kind !== 'failed') throw new Error(`expected a failure: ${JSON.stringify(outcome)}`);
    return outcome;
  }

  async close(): Promise<void> {
    await this.models.close();
    await this.server.close();
  }
}
