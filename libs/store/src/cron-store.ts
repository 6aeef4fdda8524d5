import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { DurableWriter } from './durable-writer';
import { keys } from './keys';

/** What a client wants to have run by a schedule. */
export const cronRecordSchema = z.strictObject({
  id: z.string(),
  tenant: z.string(),
  /** The thread to run in; undefined: one of its own for each run. */
  thread: z.string().optional(),
  assistantId: z.string(),
  agent: z.string(),
  /** As cron writes it: five fields, or six with seconds. */
  schedule: z.string(),
  timezone: z.string().optional(),
  endMs: z.number().optional(),
  isEnabled: z.boolean(),
  /** Whether the thread of each run is removed after it, where it has one of its own. */
  onRunCompleted: z.enum(['delete', 'keep']),
  metadata: z.record(z.string(), z.unknown()),
  /** The body of the runs that it starts. */
  payload: z.record(z.string(), z.unknown()),
  createdMs: z.number(),
  updatedMs: z.number(),
});
export type CronRecord = z.infer<typeof cronRecordSchema>;

const maxPerTenant = 1_000;

/** Records of schedules. When each is due is BullMQ's affair. */
export class CronStore {
  constructor(
    private readonly writer: Pick<DurableWriter, 'write'>,
    private readonly reader: Redis,
  ) {}

  /** False: the tenant has as many as it may. */
  async put(record: CronRecord): Promise<boolean> {
    const { id, tenant, createdMs } = record;
    const args = ['put', id, createdMs, JSON.stringify(record), maxPerTenant];
    return (await this.writer.write('cron', namesOf(id, tenant), args)) === 1;
  }

  async remove(id: string, tenant: string): Promise<boolean> {
    return (await this.writer.write('cron', namesOf(id, tenant), ['remove', id])) === 1;
  }

  async get(id: string): Promise<CronRecord | undefined> {
    const text = await this.reader.get(keys.cron(id));
    return text === null ? undefined : cronRecordSchema.parse(JSON.parse(text));
  }

  /** A tenant's, newest first. */
  async ofTenant(tenant: string): Promise<readonly CronRecord[]> {
    const ids = await this.reader.zrange(keys.crons(tenant), 0, '-1', 'REV');
    return this.records(ids);
  }

  /** Everybody's, for whoever sees to it that each is scheduled. */
  async all(): Promise<readonly CronRecord[]> {
    return this.records(await this.reader.smembers(keys.allCrons));
  }

  private async records(ids: readonly string[]): Promise<readonly CronRecord[]> {
    const records = await Promise.all(ids.map((id) => this.get(id)));
    return records.filter((record) => record !== undefined);
  }
}

const namesOf = (id: string, tenant: string): readonly string[] => [
  keys.cron(id),
  keys.crons(tenant),
  keys.allCrons,
];
