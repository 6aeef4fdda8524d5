import type { Fact, RunEvent, SequencedEvent } from '@lumina/contracts';
import type { ItemSnapshot, NewRun, NewThread, RunStatus } from './run-store';

/** What the in-memory twin keeps, and the smallest changes of it. */
export interface Item {
  data: string;
  isOpen: boolean;
  epoch: number;
  closedAt: number;
  owner: string;
  untilMs: number;
  rings: number;
  dueMs: number;
  partial: string | undefined;
  lastRenewal: number;
  past: 'clean' | 'begun';
}

export interface Run {
  readonly new: NewRun;
  readonly createdMs: number;
  updatedMs: number;
  status: RunStatus;
  v: number;
  start: number | undefined;
  isCancelled: boolean;
  isHidden: boolean;
  readonly items: Map<string, Item>;
  readonly events: SequencedEvent[];
}

export interface Thread {
  readonly new: NewThread;
  readonly createdMs: number;
  updatedMs: number;
  agent: string | undefined;
  active: string | undefined;
  readonly runs: string[];
  readonly waiting: string[];
  readonly journal: Fact[];
}

export function emit(run: Run, event: RunEvent): void {
  run.events.push({ seq: run.events.length + 1, event });
}

export function close(item: Item, version: number): void {
  item.isOpen = false;
  item.closedAt = version;
}

/** Nobody swept in between; the leases that ran out meanwhile are given once more. */
export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
  readonly leaseMs: number;
}

export function giveAgain(item: Item, { fromMs, toMs, leaseMs }: Outage, nowMs: number): void {
  const isLapsed = item.untilMs > fromMs && item.untilMs <= toMs && item.dueMs <= nowMs;
  if (!isLapsed || toMs + leaseMs <= nowMs) return;
  item.untilMs = toMs + leaseMs;
  item.dueMs = item.untilMs;
}

export function itemSnapshot(item: string, state: Item): ItemSnapshot {
  const { isOpen, epoch, untilMs, rings, owner } = state;
  const isHeld = isOpen && untilMs > 0;
  return {
    item,
    isOpen,
    epoch,
    owner: isHeld ? owner : undefined,
    leaseUntilMs: isHeld ? untilMs : undefined,
    rings: isOpen ? rings : 0,
  };
}
