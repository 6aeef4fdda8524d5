import { LuminaError } from '@lumina/contracts';
import type { Due, Schedules } from '@lumina/queue';
import type { CronRecord, CronStore } from '@lumina/store';
import type { Logger } from 'pino';
import type { AgentRegister } from '../agents/agent-register';
import { BodyPipe } from '../bodies/body.pipe';
import { CreateRunBody } from '../langgraph/bodies';
import type { RunRequests } from '../langgraph/run-requests';

export interface CronDependencies {
  readonly records: CronStore;
  readonly schedules: Pick<Schedules, 'set' | 'remove' | 'next'>;
  readonly requests: Pick<RunRequests, 'accept'>;
  readonly agents: Pick<AgentRegister, 'find'>;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** What a client says of a schedule. */
export type CronSettings = Omit<
  CronRecord,
  'id' | 'tenant' | 'assistantId' | 'agent' | 'createdMs' | 'updatedMs'
>;

/** A record, and when it is due next. */
export interface ShownCron {
  readonly record: CronRecord;
  readonly nextMs: number | undefined;
}

/**
 * Runs by schedule. Invariants:
 *
 * C1 The record is the truth; what BullMQ knows follows from it and is set anew when a gateway starts.
 * C2 A moment of a schedule makes one run, however often it is told: its name is the run's idempotency key.
 * C3 A schedule may be due before its record can be read: whoever removes it then, and whoever writes the record, look at the other
 *    side once more, so that one of them sees to it.
 */
export class Crons {
  private readonly bodies = new BodyPipe();

  constructor(private readonly dependencies: CronDependencies) {}

  /** Schedules what is on record and is not scheduled. */
  async restore(): Promise<void> {
    for (const record of await this.dependencies.records.all()) await this.ensure(record);
  }

  /**
   * What is there under this name already is shown as it is now.
   * @throws LuminaError LUM_AGENT_NOT_FOUND, LUM_VALIDATION_FAILED for a schedule that is none, or one too many
   */
  async create(
    { id, tenant }: Pick<CronRecord, 'id' | 'tenant'>,
    agentName: string | undefined,
    settings: CronSettings,
  ): Promise<ShownCron> {
    const { definition, assistantId } = this.dependencies.agents.find(agentName);
    const made = await this.dependencies.records.get(id);
    if (made !== undefined) return this.shown(made);
    const now = Date.now();
    const identity = { id, tenant, agent: definition.name, assistantId };
    return this.save({ ...identity, ...settings, createdMs: now, updatedMs: now });
  }

  async change(record: CronRecord, changes: Partial<CronSettings>): Promise<ShownCron> {
    return this.save({ ...record, ...changes, updatedMs: Date.now() });
  }

  async remove({ id, tenant }: CronRecord): Promise<void> {
    const { records, schedules } = this.dependencies;
    await records.remove(id, tenant);
    await schedules.remove(id);
  }

  /** @throws LuminaError LUM_CRON_NOT_FOUND, the same whether there is none or it is another tenant's */
  async own(id: string, tenant: string): Promise<CronRecord> {
    const record = await this.dependencies.records.get(id);
    if (record?.tenant === tenant) return record;
    throw new LuminaError('LUM_CRON_NOT_FOUND', `Cron with ID ${id} not found`);
  }

  async list(tenant: string): Promise<readonly CronRecord[]> {
    return this.dependencies.records.ofTenant(tenant);
  }

  async shown(record: CronRecord): Promise<ShownCron> {
    const nextMs = record.isEnabled ? await this.dependencies.schedules.next(record.id) : undefined;
    return { record, nextMs };
  }

  /** Starts the run of a moment. */
  async due({ id, moment }: Due): Promise<void> {
    const { records, schedules, log } = this.dependencies;
    const record = await records.get(id);
    if (record?.isEnabled !== true) {
      await schedules.remove(id);
      const made = await records.get(id);
      if (made !== undefined) await this.ensure(made);
      return;
    }
    try {
      await this.start(record, moment);
    } catch (error) {
      // A busy thread that rejects, or one that is gone: the next moment is another matter. All else is tried again.
      const isFinal = error instanceof LuminaError && error.status < 500;
      if (!isFinal) throw error;
      log.warn({ event: 'cron', cron: id, tenant: record.tenant, code: error.code });
      if (error.code === 'LUM_THREAD_NOT_FOUND') await this.remove(record);
    }
  }

  private async start({ id, tenant, thread = '', assistantId, payload }: CronRecord, moment: string) {
    const { requests, log } = this.dependencies;
    const given = { ...payload, assistant_id: assistantId };
    const body = this.bodies.transform(given, { type: 'body', metatype: CreateRunBody }) as CreateRunBody;
    const caller = { name: `cron:${id}`, tenant, scopes: new Set(['runs:write'] as const) };
    const idempotencyKey = `cron/${id}/${moment}`;
    const { snapshot } = await requests.accept({ caller, thread, run: '', idempotencyKey }, body);
    log.info({ event: 'cron', cron: id, tenant, run: snapshot.run });
  }

  private async save(record: CronRecord): Promise<ShownCron> {
    const { records, schedules } = this.dependencies;
    // Before it is on record: a pattern that is none must leave nothing behind.
    const nextMs = record.isEnabled ? await this.schedule(record) : undefined;
    if (!record.isEnabled) await schedules.remove(record.id);
    if (await records.put(record)) {
      await this.ensure(record);
      return { record, nextMs };
    }
    await schedules.remove(record.id);
    throw invalid('schedule', 'fewer schedules: this tenant has as many as it may');
  }

  /** Schedules what should be and is not. */
  private async ensure(record: CronRecord): Promise<void> {
    const isMissing = record.isEnabled && (await this.dependencies.schedules.next(record.id)) === undefined;
    if (isMissing) await this.schedule(record);
  }

  private async schedule({ id, schedule, timezone, endMs }: CronRecord): Promise<number | undefined> {
    try {
      return await this.dependencies.schedules.set({ id, pattern: schedule, timezone, endMs });
    } catch (error) {
      const reason = error instanceof Error ? error.message : '';
      if (/connect|closed|timeout/i.test(reason)) throw error;
      throw invalid('schedule', `a schedule that cron knows, which ends in the future: ${reason}`);
    }
  }
}

function invalid(field: string, expected: string): LuminaError {
  return new LuminaError('LUM_VALIDATION_FAILED', `${field}: expected ${expected}`, {
    fields: [{ field, expected }],
  });
}
