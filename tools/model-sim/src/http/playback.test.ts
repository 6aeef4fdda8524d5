import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { Performance } from '../chat/performance';
import { play } from './playback';
import { createTimerWheel } from './timer-wheel';

/** A client that reads only when it is let, behind a response's stream. */
class ReluctantResponse extends Writable {
  text = '';
  #isReading = false;
  #pending: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 1000, decodeStrings: false });
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    if (this.#isReading) done();
    else this.#pending = done;
  }

  startReading(): void {
    this.#isReading = true;
    this.#pending?.();
  }

  writeHead(): this {
    return this;
  }
}

const performanceOf = (words: number): Performance => ({
  reply: {
    model: 'm',
    text: Array.from({ length: words }, (_, index) => `w${String(index)}`).join(' '),
    toolCalls: [],
    finishReason: 'stop',
    usage: null,
  },
  pace: { beforeHeadersMs: 0, beforeFirstTokenMs: 0, betweenTokensMs: 1 },
  fault: { kind: 'none' },
});

const playTo = (response: ReluctantResponse): Promise<string> =>
  play(performanceOf(400), {
    response: response as unknown as ServerResponse,
    wheel: createTimerWheel(),
    head: { id: 'x', created: 0, model: 'm' },
    isStream: true,
    isUsageWanted: false,
  });

const sleep = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

describe('a stream to a client that does not read', () => {
  it('holds back what does not fit, then sends all of it', async () => {
    const response = new ReluctantResponse();
    const played = playTo(response);
    await sleep(250);
    expect(response.writableLength).toBeLessThan(5000);
    response.startReading();
    await expect(played).resolves.toBe('answered');
    expect(response.text).toContain('"content":" w399"');
    expect(response.text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('ends when that client leaves', async () => {
    const response = new ReluctantResponse();
    const played = playTo(response);
    await sleep(50);
    response.destroy();
    await expect(played).resolves.toBe('answered');
    expect(response.text).not.toContain('w399');
  });
});
