import { JsonClient } from '../load/json-client';
import { benchTool } from '../bench-tool';
import { modelAnswer } from './model-answer';
import { type About, type Subject, type Task, tasks } from './subject';

const tools = [
  {
    type: 'function',
    function: {
      name: benchTool,
      description: 'Tells the value of a key.',
      parameters: { type: 'object', properties: { key: { type: 'string' } }, required: ['key'] },
    },
  },
];

const maxTurns = 10;

/** The model without anybody between: the calls that every subject has to make, one after the other, and nothing else. */
export class DirectSubject implements Subject {
  readonly name = 'direct';
  readonly title = 'the model itself';
  readonly tasks: ReadonlySet<Task> = new Set(tasks);
  readonly canStream = true;
  readonly watched = [];
  readonly dead = [];
  readonly redis = undefined;
  readonly metrics = [];
  readonly about: About = { isDurable: false, versions: {}, settings: {} };
  private readonly client: JsonClient;

  constructor(modelUrl: string) {
    this.client = new JsonClient(modelUrl);
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return this.client.close();
  }

  async ask(task: Task): Promise<void> {
    const messages: unknown[] = [{ role: 'user', content: task }];
    for (let turn = 0; turn < maxTurns; turn += 1) {
      const { message } = await this.call(messages, () => undefined);
      if (message.tool_calls === undefined) return;
      const results = message.tool_calls.map(({ id }) => ({
        role: 'tool',
        tool_call_id: id,
        content: 'the value of k is 42',
      }));
      messages.push(message, ...results);
    }
    throw new Error(`the model wanted more than ${maxTurns} turns`);
  }

  async stream(task: Task, onText: (text: string) => void): Promise<number> {
    const { bytes } = await this.call([{ role: 'user', content: task }], onText);
    return bytes;
  }

  private async call(messages: readonly unknown[], onText: (text: string) => void) {
    const body = JSON.stringify({ model: 'scripted', messages, tools, stream: true });
    const answer = modelAnswer(onText);
    const bytes = await this.client.events('/v1/chat/completions', body, ({ data }) => answer.add(data));
    return { bytes, message: answer.message() };
  }
}
