import { type OpenSandbox, type SandboxChoice, type SandboxLimits, openSandbox } from '@lumina/sandbox';
import type { Tool } from '../tool';
import { runCodeTool } from '../tools/run-code';
import { shellTool } from '../tools/shell';
import type { ShellRules } from '../tools/shell/shell-command';

/** The tools that run programs: offered only while a sandbox holds. */
export const sandboxedToolNames = ['shell', 'run_code'] as const;

export interface SandboxedToolsOptions {
  readonly choice: SandboxChoice;
  readonly limits: SandboxLimits;
  readonly rules: ShellRules;
  readonly onRefusal: (tool: string) => void;
  readonly open?: typeof openSandbox;
}

/** Opens the sandbox and makes the tools that need it; without one there are none, and it says why. */
export class SandboxedTools {
  #sandbox: OpenSandbox | undefined;
  #note = 'not looked at yet';

  constructor(private readonly options: SandboxedToolsOptions) {}

  /** For operators: which sandbox is used, or why none is. */
  get note(): string {
    return this.#note;
  }

  get isOpen(): boolean {
    return this.#sandbox !== undefined;
  }

  /** For other programs that are to be confined; undefined when no sandbox holds. */
  get sandbox(): OpenSandbox | undefined {
    return this.#sandbox;
  }

  /** The tools, none when no sandbox withstands its self-test. */
  async open(): Promise<readonly Tool[]> {
    const { choice, limits, rules, onRefusal, open = openSandbox } = this.options;
    const { sandbox, faults } = await open(choice);
    const reasons = faults.map(({ tier, reason }) => `${tier}: ${reason}`).join('. ');
    if (sandbox === undefined) {
      this.#note = `none, so that ${sandboxedToolNames.join(' and ')} are not offered. ${reasons}`;
      return [];
    }
    this.#sandbox = sandbox;
    this.#note = reasons === '' ? sandbox.tier : `${sandbox.tier}; ${reasons}`;
    return [shellTool({ sandbox, limits, ...rules, onRefusal }), runCodeTool({ sandbox, limits, onRefusal })];
  }

  async close(): Promise<void> {
    await this.#sandbox?.close();
    this.#sandbox = undefined;
  }
}
