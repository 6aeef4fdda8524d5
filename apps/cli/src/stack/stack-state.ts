import { readFileSync, rmSync } from 'node:fs';
import { writeFileAtomically } from '../data/atomic-file';
import type { ProcessIdentity } from '../processes/process-identity';
import type { SettingsDigest } from './settings-digest';

export const roles = [
  'gateway',
  'agent-orchestrator',
  'tool-executor',
  'health',
  'model-sim',
  'redis',
] as const;
export type Role = (typeof roles)[number];

export interface ProcessRecord {
  /** Unique in the stack, for example `tool-executor-2`. */
  readonly name: string;
  readonly role: Role;
  /** Undefined while it is down between two starts, and for what is not ours, such as a configured Redis. */
  readonly identity: ProcessIdentity | undefined;
  /** Never holds a password. */
  readonly url: string | undefined;
}

/** What a supervisor says about its stack, in stack.json. Everything else about the processes is asked of them. */
export interface StackState {
  readonly version: 1;
  readonly phase: 'starting' | 'ready' | 'stopping';
  readonly supervisor: ProcessIdentity;
  readonly startedAt: string;
  /** Started by hand with `up`, rather than by a `run` that found none. */
  readonly isExplicit: boolean;
  /** As asked for; undefined: the default, or a free one. */
  readonly port: number | undefined;
  readonly replicas: number;
  readonly workspaceRoot: string;
  readonly settings: SettingsDigest;
  /** For people: which model answers. */
  readonly model: string;
  readonly processes: readonly ProcessRecord[];
}

/** Undefined when there is none, or one that cannot be read: then nothing is known to run. */
export function readStackState(path: string): StackState | undefined {
  let state: StackState;
  try {
    state = JSON.parse(readFileSync(path, 'utf8')) as StackState;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || error instanceof SyntaxError) return undefined;
    throw error;
  }
  return state?.version === 1 && Array.isArray(state.processes) ? state : undefined;
}

export function writeStackState(path: string, state: StackState): void {
  writeFileAtomically(path, `${JSON.stringify(state, undefined, 2)}\n`);
}

export const removeStackState = (path: string): void => rmSync(path, { force: true });

export const urlOf = (state: StackState, role: Role): string | undefined =>
  state.processes.find((record) => record.role === role)?.url;
