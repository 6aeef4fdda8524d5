import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AddressLookup, type Endpoint, ForwardProxy, type Passage, endpointOf } from '@lumina/platform';
import type { Sandbox, SandboxNetwork, SandboxOutcome, SandboxSpec } from '@lumina/sandbox';

/** A wish of a program to get out, for the record. */
export interface EgressRecord {
  /** Whose program it is: a call by its key, or an MCP server by its name. */
  readonly who: string;
  readonly outcome: Passage['outcome'];
  readonly host: string;
  readonly port: number;
}

export interface EgressOptions {
  /** Endpoints that tests may reach; networks that nobody may. */
  readonly trusted: readonly Endpoint[];
  readonly refused: readonly string[];
  /** Told of every wish. */
  readonly onPassage: (outcome: Passage['outcome']) => void;
  /** Told of each host that was reached once, and of refusals up to a number: a program may ask a thousand times a second. */
  readonly onRecord: (record: EgressRecord) => void;
  /** For tests: what names mean. */
  readonly lookup?: AddressLookup;
}

/** What a program's spec says of its network, until `close`. */
export interface EgressWay {
  readonly network: SandboxNetwork;
  close(): Promise<void>;
}

const none: EgressWay = { network: { kind: 'none' }, close: async () => undefined };
const maxRecords = 50;
const maxHostCharacters = 253;

/**
 * Ways out for sandboxed programs. Each program has a proxy of its own, on a socket that no other is given, which knows where this one
 * may go and nothing else; so what one agent is granted cannot be borrowed by another's program.
 */
export class Egress {
  constructor(private readonly options: EgressOptions) {}

  /**
   * `granted`: `host:port` each. No network where nothing is granted, and where the sandbox has no way to a proxy: less than was
   * granted, never more.
   */
  async open(
    granted: readonly string[],
    { hasProxy }: Pick<Sandbox, 'hasProxy'>,
    who: string,
  ): Promise<EgressWay> {
    if (granted.length === 0 || !hasProxy) return none;
    const { trusted, refused, lookup } = this.options;
    const folder = await mkdtemp(join(tmpdir(), 'lumina-egress-'));
    const proxy = new ForwardProxy({
      ...{ allowed: granted.map(endpointOf), trusted, refused, onPassage: this.teller(who) },
      ...(lookup === undefined ? {} : { lookup }),
    });
    const close = async (): Promise<void> => {
      await proxy.close();
      await rm(folder, { recursive: true, force: true });
    };
    const socketPath = join(folder, 'proxy.sock');
    try {
      await proxy.listen(socketPath);
    } catch (error) {
      await close();
      throw error;
    }
    return { network: { kind: 'proxy', socketPath }, close };
  }

  private teller(who: string): (passage: Passage) => void {
    const known = new Set<string>();
    return ({ endpoint, outcome }) => {
      this.options.onPassage(outcome);
      const { host, port } = endpoint ?? { host: '', port: 0 };
      const name = JSON.stringify([outcome, host, port]);
      if (known.has(name) || known.size >= maxRecords) return;
      known.add(name);
      this.options.onRecord({ who, outcome, host: host.slice(0, maxHostCharacters), port });
    };
  }
}

export interface ProgramRights {
  readonly sandbox: Sandbox;
  /** Absent: no program gets out. */
  readonly egress?: Egress;
}

/** Runs a program of one call with what its agent was granted, and takes it away when the program has ended. */
export async function runGranted(
  { sandbox, egress }: ProgramRights,
  spec: SandboxSpec,
  call: {
    readonly signal: AbortSignal;
    readonly egress?: readonly string[];
    readonly idempotencyKey: string;
  },
): Promise<SandboxOutcome> {
  const way = (await egress?.open(call.egress ?? [], sandbox, call.idempotencyKey)) ?? none;
  try {
    return await sandbox.run({ ...spec, network: way.network }, call.signal);
  } finally {
    await way.close();
  }
}
