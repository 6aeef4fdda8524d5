import { type SwitchRecord, type ToolSwitch, switchRecordSchema, toolSwitchSchema } from '@lumina/contracts';
import type { Redis } from 'ioredis';
import type { DurableWriter } from './durable-writer';
import { keys } from './keys';

const fieldOf = ({ tenant, name }: ToolSwitch): string => `${tenant ?? '*'}/${name}`;

/**
 * Which tools are switched off, for everybody or for one tenant. Invariants:
 *
 * K1 A switch holds until it is turned back: it lives in the store, as durably as a run.
 * K2 Each change is on record with who made it and when, in the same step.
 */
export class ToolSwitches {
  constructor(
    private readonly writer: Pick<DurableWriter, 'write'>,
    private readonly redis: Redis,
  ) {}

  async list(): Promise<readonly ToolSwitch[]> {
    const fields = await this.redis.hgetall(keys.switches);
    return Object.values(fields).map((json) => toolSwitchSchema.parse(JSON.parse(json)));
  }

  /** Says whether anything changed. @throws LuminaError when the write cannot be made durable */
  async turn(to: 'off' | 'on', toolSwitch: ToolSwitch): Promise<boolean> {
    const record: SwitchRecord = { ...toolSwitch, to };
    const names = [keys.switches, keys.controlLog, keys.controls];
    const args = [fieldOf(toolSwitch), to, JSON.stringify(toolSwitch), JSON.stringify(record)];
    return (await this.writer.write('switch', names, args)) === 1;
  }

  /** What was switched last, the newest first. */
  async records(count: number): Promise<readonly SwitchRecord[]> {
    const entries = await this.redis.xrevrange(keys.controlLog, '+', '-', 'COUNT', count);
    return entries.flatMap(([, [, json]]) => {
      const parsed = switchRecordSchema.safeParse(JSON.parse(json ?? '{}'));
      return parsed.success ? [parsed.data] : [];
    });
  }
}
