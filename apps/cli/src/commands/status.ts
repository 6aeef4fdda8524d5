import type { Command } from '../command-line/command';
import { parseOptions } from '../command-line/options';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { type DataFolder, dataFolder } from '../data/data-folder';
import { runningStack } from '../stack/running-stack';
import { readStackState } from '../stack/stack-state';
import { type ProcessFinding, surveyStack } from '../stack/stack-survey';
import { modelText } from './stack-text';

const usage = `Usage: lumina status [--json] [--data DIR]

Shows each process of the running stack, asked just now: where it listens, whether it is ready, how long it has run, and its memory.

  --json       {"processes": [{"role", "pid", "url", "ready", …}]} on one line
  --data DIR   which stack (default: LUMINA_DATA, else .lumina)
`;

export function duration(seconds: number | null): string {
  if (seconds === null) return '-';
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

const memory = (bytes: number | null): string => (bytes === null ? '-' : `${Math.round(bytes / 1e6)} MB`);

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function statusTable(findings: readonly ProcessFinding[]): string {
  const rows = findings.map(({ name, pid, url, ready, uptime_seconds, memory_bytes }) => [
    name,
    String(pid ?? '-'),
    ready ? 'ready' : 'NOT READY',
    duration(uptime_seconds),
    memory(memory_bytes),
    url ?? '-',
  ]);
  return table([['PROCESS', 'PID', 'STATE', 'UPTIME', 'MEMORY', 'URL'], ...rows]);
}

function nothingText({ root, stateFile }: DataFolder): string {
  const died = readStackState(stateFile) === undefined ? '' : ' The supervisor of the last one has died.';
  return `No stack runs in ${root}.${died} \`lumina up\` starts one.\n`;
}

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const parsed = parseOptions(args, { json: { type: 'boolean' }, data: { type: 'string' } });
  if (parsed.kind === 'wrong') throw new Refusal(`${parsed.message}\n\n${usage.trimEnd()}`, exitCodes.usage);
  const data = dataFolder(parsed.values.data, shell);
  const state = runningStack(data);
  const processes = state === undefined ? [] : await surveyStack(data, state, shell.env);
  if (parsed.values.json === true) shell.out.write(`${JSON.stringify({ processes })}\n`);
  else if (state === undefined) shell.out.write(nothingText(data));
  else
    shell.out.write(`${statusTable(processes)}\n\nmodel: ${modelText(state.model)}\ndata:  ${data.root}\n`);
  return exitCodes.ok;
}

export const command: Command = { usage, run };
