import { afterEach, describe, expect, it } from '@jest/globals';
import type { ModelOperation } from '@lumina/platform';
import { Harness } from './testing/harness';
import { play, refuse } from './testing/wire-server';
import { openAiChatWire } from './testing/wires/openai-chat';

describe('requests to a provider that is metered', () => {
  let harness: Harness | undefined;
  afterEach(() => harness?.close());

  it('are counted one by one, also those that failed before the answer', async () => {
    const counted: ModelOperation[] = [];
    const meter = {
      count: (operation: ModelOperation) => void counted.push(operation),
      close: () => Promise.resolve(),
    };
    let asked = 0;
    harness = await Harness.start(
      (response) => {
        asked += 1;
        if (asked === 1) refuse(response, openAiChatWire, { status: 500 });
        else play(response, openAiChatWire, { pieces: ['Sunny', '.'] });
      },
      {},
      { meter },
    );
    const { usage } = await harness.answer();
    expect(counted).toEqual([
      { provider: 'openai', model: 'm', durationMs: expect.any(Number), errorType: 'LUM_MODEL_UNAVAILABLE' },
      {
        ...{ provider: 'openai', model: 'm', durationMs: expect.any(Number), usage },
        timeToFirstChunkMs: expect.any(Number),
      },
    ]);
  });
});
