import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ModelSim, parseScenario, startModelSim } from '../../../tools/model-sim/src/index';
import { Stack } from './stack';

const script = `
scenarios:
  careful:
    match: look
    turns:
      - tool_calls: [{ name: list_directory, args: { path: '.' } }]
      - text: 'It said: {{last_tool_result}}'
  endless:
    match: talk
    turns:
      - { tokens: 2000, tokens_per_second: 20 }
  wordy:
    match: count
    turns:
      - text: 'one two three four five six seven eight'
  spoken:
    match: recite
    turns:
      - { tokens: 12, tokens_per_second: 30 }
  printing:
    match: print
    turns:
      - tool_calls: [{ name: run_code, args: { language: python, code: "import time\\nfor n in range(3):\\n  print('line', n)\\n  time.sleep(0.7)" } }]
      - text: 'printed'
  default:
    turns:
      - { text: 'fine' }
`;

/** A whole stack with a scripted model, whose agent asks before it looks into a folder, and whose programmer does not before it runs code. */
export class LangGraphStack {
  private constructor(
    readonly stack: Stack,
    readonly key: string,
    private readonly sim: ModelSim,
    private readonly folder: string,
  ) {}

  get url(): string {
    return this.stack.url;
  }

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<LangGraphStack> {
    const folder = await mkdtemp(join(tmpdir(), 'lumina-langgraph-'));
    const shipped = await readFile(resolve(__dirname, '../../../lumina.yaml'), 'utf8');
    const config = join(folder, 'lumina.yaml');
    const policies = { lumina: '{ list_directory: ask }', 'code-executor': '{ run_code: allow }' };
    const changed = Object.entries(policies).reduce(
      (text, [agent, policy]) => text.replace(`  ${agent}:\n`, `  ${agent}:\n    policy: ${policy}\n`),
      shipped,
    );
    await writeFile(config, changed);
    const sim = await startModelSim({ port: 0, host: '127.0.0.1', scenario: parseScenario(script) });
    const settings = { OPENAI_BASE_URL: `${sim.url}/v1`, LUMINA_CONFIG: config, ...environment };
    const stack = await Stack.start({ environment: settings });
    return new LangGraphStack(stack, await stack.key(), sim, folder);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await this.sim.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
