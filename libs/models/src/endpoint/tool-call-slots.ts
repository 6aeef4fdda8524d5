import { randomUUID } from 'node:crypto';
import type { ToolCall } from '@lumina/contracts';
import { objectOf, parseObject, stringOf } from './json-value';

/** A piece of a tool call as it arrives; `args` may be a part of their JSON, or the object itself. */
export interface CallPiece {
  readonly index: number | undefined;
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

interface Slot {
  id: string;
  name: string;
  args: string;
}

const safeId = /^[\w.:-]{1,128}$/;
const maxNameLength = 128;

const argumentsText = (value: unknown): string => {
  if (typeof value === 'string') return value;
  // Some servers send the object itself.
  return objectOf(value) === undefined ? '' : JSON.stringify(value);
};

function callOf({ name, args }: Slot, id: string): ToolCall {
  const named = { id, name: name === '' ? 'unnamed' : name.slice(0, maxNameLength) };
  if (args.trim() === '') return { ...named, args: {} };
  const parsed = parseObject(args);
  return parsed === undefined ? { ...named, args: null, malformed: args } : { ...named, args: { ...parsed } };
}

/**
 * Puts tool calls together from their pieces. Invariants:
 *
 * T1 A piece goes to the call of its index; without an index to the call of its id; without both to the latest.
 * T2 A piece that brings another id and a name begins a new call, whatever its index: some servers number every call 0.
 * T3 Pieces that repeat a name or change an id half-way change nothing.
 */
export class ToolCallSlots {
  readonly #slots: Slot[] = [];
  readonly #byIndex = new Map<number, Slot>();

  get isEmpty(): boolean {
    return this.#slots.length === 0;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** Whether a piece of the arguments of the call at this index has come. */
  hasArguments(index: number): boolean {
    return (this.#byIndex.get(index)?.args ?? '') !== '';
  }

  get characters(): number {
    return this.#slots.reduce((sum, { name, args }) => sum + name.length + args.length, 0);
  }

  /** A piece in the form of OpenAI's chat completions. */
  add(piece: unknown): void {
    const delta = objectOf(piece);
    if (delta === undefined) return;
    const called = objectOf(delta['function']) ?? {};
    this.put({
      index: typeof delta['index'] === 'number' ? delta['index'] : undefined,
      id: stringOf(delta['id']) ?? '',
      name: stringOf(called['name']) ?? '',
      args: called['arguments'],
    });
  }

  put({ index, id, name, args }: CallPiece): void {
    const slot = this.#slotFor(index, id, name);
    if (slot.id === '') slot.id = id;
    if (name !== slot.name) slot.name += name;
    slot.args += argumentsText(args);
  }

  /** @param taken ids that stand in the conversation already */
  calls(taken: ReadonlySet<string>, newId: () => string = newCallId): ToolCall[] {
    const used = new Set(taken);
    return this.#slots.map((slot) => {
      const id = safeId.test(slot.id) && !used.has(slot.id) ? slot.id : newId();
      used.add(id);
      return callOf(slot, id);
    });
  }

  #slotFor(index: number | undefined, id: string, name: string): Slot {
    const known = this.#known(index, id);
    const isAnother = id !== '' && name !== '' && known !== undefined && known.id !== '' && known.id !== id;
    if (known !== undefined && !isAnother) return known;
    const slot: Slot = { id: '', name: '', args: '' };
    this.#slots.push(slot);
    if (index !== undefined) this.#byIndex.set(index, slot);
    return slot;
  }

  #known(index: number | undefined, id: string): Slot | undefined {
    if (index !== undefined) return this.#byIndex.get(index);
    return this.#slots.find((slot) => id !== '' && slot.id === id) ?? this.#slots.at(-1);
  }
}

/** Unique for ever: a run names its work items by these. */
const newCallId = (): string => `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`;
