import { type SandboxLimits, programPath } from '@lumina/sandbox';
import { z } from 'zod';
import { type ProgramRights, runGranted } from '../programs/egress';
import { programReport } from '../programs/program-report';
import { programPlaceAndTime, programToolTimeoutMs } from '../programs/program-time';
import { type Tool, type ToolContext, type ToolResult, defineTool, failure } from '../tool';
import { insidePath } from './shell/argument-policy';

export interface RunCodeOptions extends ProgramRights {
  readonly limits: SandboxLimits;
  readonly onRefusal: (tool: string) => void;
}

const maxCodeCharacters = 100_000;

const schema = z.object({
  language: z.enum(['python', 'javascript']).describe('Python 3, or JavaScript on Node.js.'),
  code: z.string().min(1).max(maxCodeCharacters).describe('The whole program. Print what you want to see.'),
  ...programPlaceAndTime,
});

interface Interpreter {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly runtimes: readonly string[];
}

/** The heap's bound comes before the sandbox's, so that the program says what is wrong with it; half is for all else. */
const heapMebibytes = (limits: SandboxLimits): number => Math.floor(limits.memoryBytes / 2 / 1024 ** 2);

function interpreterOf(language: 'python' | 'javascript', limits: SandboxLimits): Interpreter | undefined {
  if (language === 'javascript')
    return {
      argv: [process.execPath, `--max-old-space-size=${heapMebibytes(limits)}`, '-'],
      env: {},
      runtimes: [process.execPath],
    };
  const python = programPath('python3');
  if (python === undefined) return undefined;
  return {
    argv: [python, '-'],
    env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
    runtimes: [],
  };
}

/** The tool `run_code`: a program of the model's own, in the sandbox. */
export const runCodeTool = (options: RunCodeOptions): Tool<typeof schema> =>
  defineTool({
    name: 'run_code',
    description:
      'Runs a Python or JavaScript program that you write. It can read and write the workspace, which is its working folder; it has ' +
      'no input, and no network but the hosts that the operator granted, if any, over HTTP through the proxy that HTTP_PROXY names. Use it to calculate, to transform files, or to try something out. Returns the exit code and what ' +
      'the program printed; only what is printed comes back.',
    schema,
    risk: 'dangerous',
    isIdempotent: false,
    quotes: { what: 'all', source: 'a program in the workspace' },
    showsEnd: true,
    rateLimit: { calls: 30, perMs: 60_000 },
    timeoutMs: programToolTimeoutMs,
    howToGetTheRest: 'print less, or write to a file and read parts of it',
    run: (args, context) => run(args, context, options),
  });

async function run(
  { language, code, cwd, timeout_ms }: z.infer<typeof schema>,
  context: ToolContext,
  options: RunCodeOptions,
): Promise<ToolResult> {
  const place = insidePath(cwd, { cwd: '' });
  if (place.kind === 'refused') {
    options.onRefusal('run_code');
    return failure('outside_workspace', `cwd: ${place.reason}`);
  }
  const interpreter = interpreterOf(language, options.limits);
  if (interpreter === undefined) return failure('not_found', `${language} is not installed here`);
  const limits = { ...options.limits, wallMs: timeout_ms };
  const outcome = await runGranted(
    options,
    {
      ...interpreter,
      stdin: code,
      cwd: place.value,
      limits,
      workspace: context.workspace.folder,
      onOutput: context.onOutput,
    },
    context,
  );
  return programReport(`the ${language} program`, outcome, limits);
}
