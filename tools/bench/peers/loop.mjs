// The agent as a plain loop: ask the model, run its tools side by side, ask again.
import { systemPrompt } from './work.mjs';

const maxTurns = 10;

/** @returns the model's last words; `callModel` and `callTool` may be durable steps */
export async function runLoop(work, { callModel, callTool }) {
  const messages = [
    { role: 'system', content: systemPrompt },
    { role: 'user', content: work },
  ];
  for (let turn = 0; turn < maxTurns; turn += 1) {
    const answer = await callModel(messages);
    if (answer.tool_calls === undefined) return answer.content;
    const results = await Promise.all(answer.tool_calls.map((call) => callTool(call)));
    const said = results.map((content, n) => ({
      role: 'tool',
      tool_call_id: answer.tool_calls[n].id,
      content,
    }));
    messages.push(answer, ...said);
  }
  throw new Error(`the model wanted more than ${maxTurns} turns`);
}

/** The same, as pieces of text while they come. `callModel` takes a listener for text as its second argument. */
export async function* streamLoop(work, { callModel, callTool }) {
  const pieces = [];
  let wake = () => undefined;
  const tell = (text) => {
    pieces.push(text);
    wake();
  };
  const listening = { callModel: (messages) => callModel(messages, tell), callTool };
  const finished = runLoop(work, listening).finally(() => tell(undefined));
  for (;;) {
    if (pieces.length === 0) await new Promise((resolve) => (wake = resolve));
    const piece = pieces.shift();
    if (piece === undefined) break;
    yield piece;
  }
  await finished;
}
