import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../data/repository';
import type { Command } from './command';
import { type ExitCode, Refusal, exitCodes } from './refusal';
import type { Shell } from './shell';

interface CommandEntry {
  readonly summary: string;
  /** Loaded when it is asked for: a warm `run` should not pay for the others. */
  readonly load: () => Promise<Command>;
}

const commands: Readonly<Record<string, CommandEntry>> = {
  run: {
    summary: 'give the agent a task and stream its answer',
    load: async () => (await import('../commands/run')).runCommand,
  },
  up: {
    summary: 'start the stack and watch over it',
    load: async () => (await import('../commands/up')).upCommand,
  },
  down: { summary: 'stop the stack', load: async () => (await import('../commands/down')).downCommand },
  status: {
    summary: 'what runs, and how it is',
    load: async () => (await import('../commands/status')).statusCommand,
  },
  doctor: {
    summary: 'what is wrong, and what to do about it',
    load: async () => (await import('../commands/doctor')).doctorCommand,
  },
  explain: {
    summary: 'why a run is where it is',
    load: async () => (await import('../commands/explain')).explainCommand,
  },
  test: {
    summary: 'format, lint, checks, types, unit and integration tests',
    load: async () => (await import('../commands/test')).testCommand,
  },
};

const usage = `Lumina takes an LLM agent to production.

Usage: lumina COMMAND [OPTIONS]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}`)
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

/** Runs the command that `args` names and returns the exit code; faults are told on `shell.err`. */
export async function dispatch(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const [name, ...rest] = args;
  const entry = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) return firstWord(name, shell);
  try {
    const command = await entry.load();
    if (rest.includes('--help') && !rest.slice(0, rest.indexOf('--help')).includes('--')) {
      shell.out.write(command.usage);
      return exitCodes.ok;
    }
    return await command.run(rest, shell);
  } catch (error) {
    shell.err.write(`lumina: ${faultText(error)}\n`);
    return error instanceof Refusal ? error.exitCode : exitCodes.failed;
  }
}
