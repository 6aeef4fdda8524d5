import { type OpenSandbox, type SandboxChoice, type SandboxLimits, openSandbox } from '@lumina/sandbox';
import type { Tool } from '../tool';
import { runCodeTool } from '../tools/run-code';
import { shellTool } from '../tools/shell';
import type { Egress } from './egress';
import type { ShellRules } from '../tools/shell/shell-command';

/** The tools that run programs: offered only while a sandbox holds. */
export const sandboxedToolNames = ['shell', 'run_code'] as const;

const noWayOut =
  'egress is granted in lumina.yaml, but this tier has no way to a proxy, so programs have no network';

export interface SandboxedToolsOptions {
  readonly choice: SandboxChoice;
  readonly limits: SandboxLimits;
  readonly rules: ShellRules;
  readonly onRefusal: (tool: string) => void;
  readonly egress: Egress;
  /** Whether anybody is granted a way out, so that it is worth saying where there is none. */
  readonly isEgressGranted: boolean;
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
    const { choice, limits, rules, onRefusal, egress, open = openSandbox } = this.options;
    const { sandbox, faults } = await open(choice);
    const reasons = faults.map(({ tier, reason }) => `${tier}: ${reason}`).join('. ');
    if (sandbox === undefined) {
      this.#note = `none, so that ${sandboxedToolNames.join(' and ')} are not offered. ${reasons}`;
      return [];
    }
    this.#sandbox = sandbox;
    const withoutProxy = this.options.isEgressGranted && !sandbox.hasProxy ? noWayOut : '';
    this.#note = [sandbox.tier, withoutProxy, reasons].filter((part) => part !== '').join('; ');
    const common = { sandbox, limits, onRefusal, egress };
    return [shellTool({ ...common, ...rules }), runCodeTool(common)];
  }

  async close(): Promise<void> {
    await this.#sandbox?.close();
    this.#sandbox = undefined;
  }
}
