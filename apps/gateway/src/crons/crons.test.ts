import { describe, expect, it } from '@jest/globals';
import type { CronRecord } from '@lumina/store';
import type { AgentRegister } from '../agents/agent-register';
import { type CronDependencies, type CronSettings, Crons } from './crons';

const agent = { definition: { name: 'lumina' }, assistantId: 'a1' } as unknown as ReturnType<
  AgentRegister['find']
>;
const place = { id: 'c1', tenant: 'acme' };
const settings: CronSettings = {
  ...{ schedule: '* * * * * *', isEnabled: true, onRunCompleted: 'delete' as const },
  ...{ metadata: {}, payload: {} },
};

/** Records and schedules in memory; `between` happens at the moment that is named, once. */
function bench(between: {
  readonly beforePut?: () => Promise<void>;
  readonly beforeRemove?: () => Promise<void>;
}) {
  const records = new Map<string, CronRecord>();
  const scheduled = new Set<string>();
  const pending = { ...between };
  const now = async (moment: keyof typeof pending): Promise<void> => {
    const what = pending[moment];
    pending[moment] = undefined as never;
    await what?.();
  };
  const dependencies = {
    records: {
      get: (id: string) => Promise.resolve(records.get(id)),
      put: async (record: CronRecord) => {
        await now('beforePut');
        records.set(record.id, record);
        return true;
      },
    },
    schedules: {
      set: ({ id }: { id: string }) => {
        scheduled.add(id);
        return Promise.resolve(1);
      },
      remove: async (id: string) => {
        await now('beforeRemove');
        scheduled.delete(id);
      },
      next: (id: string) => Promise.resolve(scheduled.has(id) ? 1 : undefined),
    },
    agents: { find: () => agent },
  } as unknown as CronDependencies;
  return { crons: new Crons(dependencies), scheduled, records };
}

describe('a schedule that is due before its record is there', () => {
  it('goes on when it is removed before the record is written', async () => {
    const { crons, scheduled } = bench({ beforePut: () => crons.due({ id: 'c1', moment: 'm' }) });
    await crons.create(place, undefined, settings);
    expect([...scheduled]).toEqual(['c1']);
  });

  it('goes on when it is removed after the record is written and looked after', async () => {
    const { crons, scheduled } = bench({
      beforeRemove: async () => {
        await crons.create(place, undefined, settings);
      },
    });
    await crons.due({ id: 'c1', moment: 'm' });
    expect([...scheduled]).toEqual(['c1']);
  });

  it('is removed for good when there is no record', async () => {
    const { crons, scheduled } = bench({});
    scheduled.add('c1');
    await crons.due({ id: 'c1', moment: 'm' });
    expect(scheduled.size).toBe(0);
  });
});
