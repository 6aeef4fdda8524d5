import type { CapturedOutput, ExceededLimit, SandboxLimits, SandboxOutcome } from '@lumina/sandbox';
import { type ToolResult, failure, ok } from '../tool';
import { formatBytes, formatCount } from '../workspace/printable';

const text = (bytes: Buffer): string => bytes.toString('utf8');

function streamText({ head, tail, totalBytes }: CapturedOutput): string {
  const leftOut = totalBytes - head.length - tail.length;
  if (leftOut <= 0) return text(Buffer.concat([head, tail]));
  return `${text(head)}\n… ${formatCount(leftOut)} bytes left out …\n${text(tail)}`;
}

const stream = (name: string, output: CapturedOutput): readonly string[] =>
  output.totalBytes === 0 ? [] : [`${name}:`, streamText(output).replace(/\n$/, '')];

const limitText = (limit: ExceededLimit, limits: SandboxLimits): string =>
  ({
    wall: `it ran longer than ${limits.wallMs / 1000} s`,
    cpu: `it used more than ${limits.cpuSeconds} s of processor time`,
    memory: `it used more than ${formatBytes(limits.memoryBytes)} of memory`,
    processes: `it had more than ${limits.processes} processes and threads`,
    file: `it wrote a file of more than ${formatBytes(limits.fileBytes)}`,
    disk: `it wrote more than ${formatBytes(limits.writtenBytes)}, or very many files`,
    output: `it printed more than ${formatBytes(limits.outputBytes)}`,
  })[limit];

/**
 * What a model is told about a program that was run. A program that fails is a result like any other; one that had to be ended is
 * an error, together with what it had printed until then.
 */
export function programReport(program: string, outcome: SandboxOutcome, limits: SandboxLimits): ToolResult {
  const { end, stdout, stderr, durationMs } = outcome;
  const printed = [...stream('stdout', stdout), ...stream('stderr', stderr)];
  switch (end.kind) {
    case 'exited': {
      const first = `exit code ${end.exitCode}, ${(durationMs / 1000).toFixed(2)} s`;
      return ok([printed.length === 0 ? `${first}, no output` : first, ...printed].join('\n'));
    }
    case 'limit': {
      const what = `${program} was ended: ${limitText(end.limit, limits)}`;
      return failure(end.limit === 'wall' ? 'timeout' : 'limit', [what, ...printed].join('\n'));
    }
    case 'cancelled':
      return failure('cancelled', `${program} was cancelled and ended`);
    case 'not_started':
      return failure('bad_arguments', `${program} could not be started: ${end.reason}`);
  }
}
