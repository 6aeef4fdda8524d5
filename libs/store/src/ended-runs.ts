import type { Redis } from 'ioredis';
import type { DurableWriter } from './durable-writer';
import { keyPrefix, keys } from './keys';

export interface TakenRun {
  readonly run: string;
  /** How often it was handed out, this time included. */
  readonly taken: number;
  /** Its webhook needs no more calls. */
  readonly isTold: boolean;
}

export interface Settlement {
  readonly run: string;
  /** In how many ms it is to be handed out again; undefined: nothing is left to do. */
  readonly againMs: number | undefined;
  /** Its webhook needs no more calls. */
  readonly isTold?: boolean;
  /** What could not be done, to be kept for its tenant: JSON that names the run. */
  readonly dead?: string;
}

/**
 * Ended runs after which something is left to do: a webhook to be called, a thread to be removed. They are handed out at least
 * once: whoever takes one and falls silent, another gets it.
 */
export class EndedRuns {
  constructor(
    private readonly writer: Pick<DurableWriter, 'write'>,
    private readonly reader: Redis,
  ) {}

  /** Whether one is due: cheap, and no write. */
  async isAnyDue(): Promise<boolean> {
    return (await this.reader.zcount(keys.after, '-inf', Date.now())) > 0;
  }

  async take(limit: number, silenceMs: number): Promise<readonly TakenRun[]> {
    const reply = await this.writer.write('after', [keys.after], [keyPrefix, 'take', limit, silenceMs]);
    const flat = reply as readonly (string | number)[];
    return flat.flatMap((run, index) =>
      index % 3 === 0
        ? [{ run: String(run), taken: Number(flat[index + 1]), isTold: flat[index + 2] === 1 }]
        : [],
    );
  }

  async settle({ run, againMs, dead, isTold }: Settlement): Promise<void> {
    const args = [keyPrefix, 'settle', run, againMs ?? '', dead ?? '', isTold === true ? 'told' : ''];
    await this.writer.write('after', [keys.after], args);
  }

  /** Has a run handed out again, as if it had just ended. */
  async again(run: string): Promise<boolean> {
    return (await this.writer.write('after', [keys.after], [keyPrefix, 'again', run])) === 1;
  }

  /** What could not be done for a tenant, newest first. */
  dead(tenant: string, limit: number): Promise<readonly string[]> {
    return this.reader.lrange(keys.dead(tenant), 0, limit - 1);
  }

  /** The secret that all gateways sign with: the one given here, unless there is one already. */
  async secret(made: string): Promise<string> {
    await this.reader.set(keys.webhookSecret, made, 'NX');
    return (await this.reader.get(keys.webhookSecret)) ?? made;
  }
}
