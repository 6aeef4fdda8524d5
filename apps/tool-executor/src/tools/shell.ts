import { type SandboxLimits, programPath } from '@lumina/sandbox';
import { z } from 'zod';
import { type ProgramRights, runGranted } from '../programs/egress';
import { programReport } from '../programs/program-report';
import { programPlaceAndTime, programToolTimeoutMs } from '../programs/program-time';
import { type Tool, type ToolContext, type ToolResult, defineTool, failure } from '../tool';
import { type ShellRules, checkCommand, maxCommandCharacters } from './shell/shell-command';

export interface ShellOptions extends ShellRules, ProgramRights {
  readonly limits: SandboxLimits;
  /** Told each time that a command is refused; without its arguments. */
  readonly onRefusal: (tool: string) => void;
}

const schema = z.object({
  argv: z
    .array(z.string())
    .min(1)
    .max(200)
    .describe(
      'The program and its arguments, each by itself, for example ["git", "log", "--oneline", "-5"].',
    ),
  ...programPlaceAndTime,
});

/** The tool `shell`; programs run in the sandbox and nowhere else. */
export function shellTool(options: ShellOptions): Tool<typeof schema> {
  const programs = options.programs.join(', ');
  return defineTool({
    name: 'shell',
    description:
      `Runs one program in the workspace: ${programs}. There is no shell: no pipes, no redirection, no variables, no globs. ` +
      'The program sees the workspace and nothing else, and has no network, or only the hosts that the operator granted. Each has a list of options that are allowed; a refusal ' +
      `says which. At most ${maxCommandCharacters} characters in all. Returns the exit code and what the program printed; a code ` +
      'other than 0 is a result like any other. To run code of your own, use run_code.',
    schema,
    risk: 'dangerous',
    isIdempotent: false,
    quotes: { what: 'all', source: 'a program in the workspace' },
    showsEnd: true,
    rateLimit: { calls: 30, perMs: 60_000 },
    timeoutMs: programToolTimeoutMs,
    howToGetTheRest: 'ask the program for less',
    run: (args, context) => run(args, context, options),
  });
}

async function run(
  args: z.infer<typeof schema>,
  context: ToolContext,
  options: ShellOptions,
): Promise<ToolResult> {
  const checked = checkCommand(args.argv, args.cwd, options);
  if (checked.kind === 'refused') {
    options.onRefusal('shell');
    return failure('access_denied', checked.reason);
  }
  const { program, executable, args: programArgs, env, cwd } = checked.value;
  const path = programPath(executable);
  if (path === undefined) return failure('not_found', `${program} is not installed here`);
  const limits = { ...options.limits, wallMs: args.timeout_ms };
  const argv = [path, ...programArgs] as const;
  const outcome = await runGranted(
    options,
    { argv, cwd, env, limits, workspace: context.workspace.folder, onOutput: context.onOutput },
    context,
  );
  return programReport(program, outcome, limits);
}
