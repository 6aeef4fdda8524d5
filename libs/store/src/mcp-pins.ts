import type { Redis } from 'ioredis';
import type { DurableWriter } from './durable-writer';
import { keys } from './keys';

/** A definition of a tool as an MCP server gave it, and by whom and when it was approved or, if it waits, seen. */
export interface Pin {
  readonly digest: string;
  readonly at: number;
  /** `first-sight`, or who approved it. */
  readonly by: string;
  /** JSON, as it was given to `see`. */
  readonly definition: string;
}

/** What is known of one tool: what was approved, what waits for approval, or both when it was changed since. */
export interface PinnedTool {
  readonly approved?: Pin;
  readonly pending?: Pin;
}

export interface SeenTool {
  readonly name: string;
  readonly digest: string;
  readonly definition: string;
}

export interface Approval {
  readonly server: string;
  readonly tool: string;
  readonly digest: string;
  readonly by: string;
  readonly at: number;
}

export type ApprovalOutcome = 'approved' | 'other' | 'nothing';

/**
 * What operators have approved of the tools of MCP servers. Invariants:
 *
 * Y1 A definition is approved at first sight of its server, or by a person; never because a server says something else later. Tools that
 *    a known server adds wait like those that it changes.
 * Y2 All replicas read the same pins, and each change is one step: two that see a server for the first time agree on what they saw.
 * Y3 A person approves the definition that they saw: if it has changed again, the approval is refused.
 */
export class McpPins {
  constructor(
    private readonly writer: Pick<DurableWriter, 'write'>,
    private readonly redis: Redis,
  ) {}

  async read(server: string): Promise<ReadonlyMap<string, PinnedTool>> {
    const fields = await this.redis.hgetall(keys.pins(server));
    const tools = new Map<string, PinnedTool>();
    for (const [field, value] of Object.entries(fields)) {
      const [, kind = '', name = ''] = /^(approved|pending):(.*)$/.exec(field) ?? [];
      const pin = pinOf(value);
      if (kind !== '' && pin !== undefined) tools.set(name, { ...tools.get(name), [kind]: pin });
    }
    return tools;
  }

  /** Notes all that a server offers. Says whether anything changed. */
  async see(
    server: string,
    tools: readonly SeenTool[],
    { approval, at }: { readonly approval: 'first-sight' | 'by-hand'; readonly at: number },
  ): Promise<boolean> {
    const given = tools.flatMap(({ name, digest, definition }) => [name, digest, definition]);
    const names = [keys.pins(server), keys.controls];
    return (await this.writer.write('pins-see', names, [approval, at, ...given])) === 1;
  }

  async approve({ server, tool, digest, by, at }: Approval): Promise<ApprovalOutcome> {
    const record = JSON.stringify({ to: 'approved', server, tool, digest, by, at });
    const names = [keys.pins(server), keys.controls, keys.controlLog];
    const reply = await this.writer.write('pins-approve', names, [tool, digest, by, at, record]);
    return reply as ApprovalOutcome;
  }
}

function pinOf(value: string): Pin | undefined {
  const [, digest = '', at = '', by = '', definition = ''] = /^(\S+) (\S+) (\S+) (.*)$/s.exec(value) ?? [];
  return digest === '' ? undefined : { digest, at: Number(at), by, definition };
}
