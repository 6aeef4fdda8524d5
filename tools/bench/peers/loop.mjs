// The agent as a plain loop: ask the model, run its tools side by side, ask again.
import { systemPrompt } from './work.mjs';

const maxTurns = 10;

/** @returns the model's last words; `callModel` and `callTool` may be durable steps, and `all` then waits for several */
export async function runLoop(work, { callModel, callTool, all = (steps) => Promise.all(steps) }) {
  const messages = [
    { role: 'system', content: systemPrompt },
    { role: 'user', content: work },
  ];
  for (let turn = 0; turn < maxTurns; turn += 1) {
    const answer = await callModel(messages);
    if (answer.tool_calls === undefined) return answer.content;
    const results = await all(answer.tool_calls.map((call) => callTool(call)));
    const said = results.map((content, n) => ({
      role: 'tool',
      tool_call_id: answer.tool_calls[n].id,
      content,
    }));
    messages.push(answer, ...said);
  }
  throw new Error(`the model wanted more than ${maxTurns} turns`);
}

/** Pieces of text from whoever says them to whoever reads them. */
export class Words {
  #pieces = [];
  #wake = () => undefined;

  push(text) {
    this.#pieces.push(text);
    this.#wake();
  }

  end() {
    this.push(undefined);
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      if (this.#pieces.length === 0) await new Promise((resolve) => (this.#wake = resolve));
      const text = this.#pieces.shift();
      if (text === undefined) return;
      yield text;
    }
  }
}

/** The same, as pieces of text while they come. `callModel` takes a listener for text as its second argument. */
export async function* streamLoop(work, { callModel, callTool }) {
  const words = new Words();
  const listening = { callModel: (messages) => callModel(messages, (text) => words.push(text)), callTool };
  const finished = runLoop(work, listening).finally(() => words.end());
  yield* words;
  await finished;
}
