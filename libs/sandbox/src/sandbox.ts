import type { Readable, Writable } from 'node:stream';
import type { CapturedOutput } from './process/captured-output';

/**
 * The port through which programs of a model's choosing are run. Invariants:
 *
 * X1 A program that a tier runs can reach nothing but what docs/security/sandbox.md says of that tier, whatever it does.
 * X2 When `run` answers, no process of the program is left.
 * X3 A program that exceeds a limit, or whose answer is no longer wanted, is ended within a second, with all its descendants.
 * X4 A tier that cannot hold what it promises does not run anything; none falls back to a weaker one.
 */
export interface Sandbox {
  readonly tier: SandboxTier;
  /** Whether its programs can have a way to a proxy; without one `run` rejects a spec that names it. */
  readonly hasProxy: boolean;
  /**
   * Runs one program to its end. Whatever the program does is an outcome; rejects only when the host itself is broken. The
   * signal ends the program.
   */
  run(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxOutcome>;
}

export const sandboxTiers = ['bubblewrap', 'landlock'] as const;
/** Strongest first. */
export type SandboxTier = (typeof sandboxTiers)[number];

export interface SandboxSpec {
  /** Absolute path of the program, then its arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly workspace: SandboxWorkspace;
  /** The folder to start in, relative to the workspace; it may not exist, or be a link that leads nowhere. */
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  /** Of a program that is talked to while it runs; instead of `stdin`. */
  readonly dialogue?: SandboxDialogue;
  /** The whole environment, apart from PATH, HOME, TMPDIR and LANG, which can be set anew. */
  readonly env?: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
  /** Told of what the program prints, as it comes; of a dialogue, of stderr alone. */
  readonly onOutput?: ((stream: 'stdout' | 'stderr', chunk: Buffer) => void) | undefined;
  /** Absolute paths of files outside /usr that the program needs, for reading and executing. */
  readonly runtimes?: readonly string[];
  readonly network?: SandboxNetwork;
}

/**
 * Both ends belong to the caller. What the program prints is passed on with its pace held back, and is neither kept nor counted; what it
 * prints to stderr is kept as of any program.
 */
export interface SandboxDialogue {
  readonly stdin: Readable;
  readonly stdout: Writable;
}

export interface SandboxWorkspace {
  /** Absolute path on the host, links resolved. The program can read and write all of it but what is sealed. */
  readonly path: string;
  /** Absolute paths of folders that the program must not see, should they lie in the workspace. */
  readonly sealed?: readonly string[];
}

/** No network, or one socket of a proxy, to which HTTP_PROXY and its like lead the program. */
export type SandboxNetwork =
  { readonly kind: 'none' } | { readonly kind: 'proxy'; readonly socketPath: string };

export interface SandboxLimits {
  /** Infinity: until it ends by itself or its signal fires. */
  readonly wallMs: number;
  /** Of all processes together. */
  readonly cpuSeconds: number;
  /** Resident memory of all processes together, page tables included. */
  readonly memoryBytes: number;
  /** Processes and threads together. */
  readonly processes: number;
  /** Of any one file. */
  readonly fileBytes: number;
  /** To disk, by all processes together. */
  readonly writtenBytes: number;
  readonly openFiles: number;
  /** Of each stream: more ends the program. */
  readonly outputBytes: number;
  /** Of each stream: so much is kept, beginning and end. */
  readonly keptOutputBytes: number;
}

export const defaultLimits: SandboxLimits = {
  wallMs: 60_000,
  cpuSeconds: 60,
  memoryBytes: 512 * 1024 ** 2,
  processes: 96,
  fileBytes: 128 * 1024 ** 2,
  writtenBytes: 1024 ** 3,
  openFiles: 256,
  outputBytes: 16 * 1024 ** 2,
  keptOutputBytes: 48 * 1024,
};

export const exceedable = ['wall', 'cpu', 'memory', 'processes', 'file', 'disk', 'output'] as const;
export type ExceededLimit = (typeof exceedable)[number];

export type SandboxEnd =
  /** A program that a signal ended has 128 + its number, as in a shell. */
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'limit'; readonly limit: ExceededLimit }
  | { readonly kind: 'cancelled' }
  /** The program did not begin: it is not there, or the sandbox could not be set up. */
  | { readonly kind: 'not_started'; readonly reason: string };

export interface SandboxOutcome {
  readonly end: SandboxEnd;
  readonly stdout: CapturedOutput;
  readonly stderr: CapturedOutput;
  readonly durationMs: number;
}
