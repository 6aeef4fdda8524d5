import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../data/repository';
import { printable } from './printable';
import type { Command } from './command';
import { type ExitCode, Refusal, exitCodes } from './refusal';
import type { Shell } from './shell';

/** Each is a file of its name in commands/, loaded when it is asked for: a warm `run` should not pay for the others. */
const summaries: Readonly<Record<string, string>> = {
  run: 'give the agent a task and stream its answer',
  up: 'start the stack and watch over it',
  down: 'stop the stack',
  status: 'what runs, and how it is',
  doctor: 'what is wrong, and what to do about it',
  explain: 'why a run is where it is',
  tools: 'what agents can use; switch a tool off or on while all runs',
  keys: 'make, show and revoke API keys',
  usage: 'what calls of models came to, by agent, model and day',
  drill: 'break a stack of its own on purpose, and count what is lost',
  bench: 'measure a stack of its own, beside others when asked',
  test: 'format, lint, checks, types, unit and integration tests',
};

async function load(name: string): Promise<Command> {
  const { command } = (await import(`../commands/${name}`)) as { readonly command: Command };
  return command;
}

const usage = `Lumina takes an LLM agent to production.

Usage: lumina COMMAND [OPTIONS]

${Object.entries(summaries)
  .map(([name, summary]) => `  ${name.padEnd(9)} ${summary}`)
  .join('\n')}

  lumina COMMAND --help   explains one command
  lumina --version        prints the version
`;

function version(): string {
  const { version: found } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return `lumina ${found}\n`;
}

function firstWord(word: string | undefined, shell: Shell): ExitCode {
  if (word === '--help' || word === '-h' || word === 'help') {
    shell.out.write(usage);
    return exitCodes.ok;
  }
  if (word === '--version' || word === '-v') {
    shell.out.write(version());
    return exitCodes.ok;
  }
  const kind = word?.startsWith('-') === true ? 'option' : 'command';
  const fault = word === undefined ? '' : `lumina: there is no ${kind} '${word}'\n\n`;
  shell.err.write(`${fault}${usage}`);
  return exitCodes.usage;
}

/** What broke, in words: the disk that is full is the most common, and the least obvious from its code. */
export function faultText(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const { code, path, message, stack } = error as NodeJS.ErrnoException;
  const where = path === undefined ? '' : ` (${path})`;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `the disk is full${where}: free some space and try again; nothing that was accepted is lost`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `may not write${where}: ${message}. Choose another folder with --data DIR or LUMINA_DATA`;
  return stack ?? String(error);
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  return own.includes('--help') || own.includes('-h');
}

/** Runs the command that `args` names and returns the exit code; faults are told on `shell.err`. */
export async function dispatch(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || !Object.hasOwn(summaries, name)) return firstWord(name, shell);
  try {
    const command = await load(name);
    if (asksForHelp(rest)) {
      shell.out.write(command.usage);
      return exitCodes.ok;
    }
    return await command.run(rest, shell);
  } catch (error) {
    shell.err.write(`lumina: ${printable(faultText(error))}\n`);
    return error instanceof Refusal ? error.exitCode : exitCodes.failed;
  }
}
