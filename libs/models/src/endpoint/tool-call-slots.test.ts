import { describe, expect, it } from '@jest/globals';
import { ToolCallSlots } from './tool-call-slots';

const none = new Set<string>();
const piece = (index: number | undefined, id: string | undefined, name?: string, args?: unknown): object => ({
  index,
  id,
  function: { name, arguments: args },
});

function callsOf(pieces: readonly unknown[], taken = none) {
  const slots = new ToolCallSlots();
  for (const each of pieces) slots.add(each);
  let count = 0;
  return slots.calls(taken, () => `new${String((count += 1))}`);
}

describe('tool calls from pieces', () => {
  it('are put together by index, whatever the order of the pieces', () => {
    const calls = callsOf([
      piece(0, 'a', 'add', ''),
      piece(1, 'b', 'sub', '{"y"'),
      piece(0, undefined, undefined, '{"x":'),
      piece(1, undefined, undefined, ':2}'),
      piece(0, undefined, undefined, '1}'),
    ]);
    expect(calls).toEqual([
      { id: 'a', name: 'add', args: { x: 1 } },
      { id: 'b', name: 'sub', args: { y: 2 } },
    ]);
  });

  it('come whole, without an index', () => {
    expect(callsOf([piece(undefined, 'a', 'add', '{}'), piece(undefined, 'b', 'sub', '{}')])).toHaveLength(2);
  });

  it('are continued by id, or else by being the latest, where no index is given', () => {
    const calls = callsOf([
      piece(undefined, 'a', 'add', '{"x"'),
      piece(undefined, 'b', 'sub', '{"y"'),
      piece(undefined, 'a', undefined, ':1}'),
      piece(undefined, undefined, undefined, ':2}'),
    ]);
    expect(calls.map(({ args }) => args)).toEqual([{ x: 1 }, { y: 2 }]);
  });

  it('are told apart by id where a server numbers them all 0', () => {
    const calls = callsOf([
      piece(0, 'a', 'add', '{"x":1}'),
      piece(0, 'b', 'add', '{"x":'),
      piece(0, undefined, undefined, '2}'),
    ]);
    expect(calls.map(({ args }) => args)).toEqual([{ x: 1 }, { x: 2 }]);
  });

  it('survive servers that repeat the name or change the id half-way', () => {
    const calls = callsOf([
      piece(0, 'a', 'add', '{"x":'),
      piece(0, 'a', 'add', '1'),
      piece(0, 'zzz', undefined, '}'),
    ]);
    expect(calls).toEqual([{ id: 'a', name: 'add', args: { x: 1 } }]);
  });

  it('take a name in pieces', () => {
    expect(callsOf([piece(0, 'a', 'get_'), piece(0, undefined, 'weather')])[0]?.name).toBe('get_weather');
  });

  it.each([
    ['', {}],
    ['  ', {}],
    [undefined, {}],
    [null, {}],
    [{ x: 1 }, { x: 1 }],
  ])('take %j for arguments', (given, args) => {
    expect(callsOf([piece(0, 'a', 'add', given)])).toEqual([{ id: 'a', name: 'add', args }]);
  });

  it.each(['null', '[1]', '"{}"', '{"x":', 'x=1', '{} {}', '42'])('keep %s as malformed', (given) => {
    expect(callsOf([piece(0, 'a', 'add', given)])).toEqual([
      { id: 'a', name: 'add', args: null, malformed: given },
    ]);
  });

  it('get ids of ours where theirs are missing, doubled, taken, too long or unsafe', () => {
    const calls = callsOf(
      [
        piece(0, undefined, 'a'),
        piece(1, 'x', 'b'),
        piece(2, 'x', 'c'),
        piece(3, 'old', 'd'),
        piece(4, 'y'.repeat(129), 'e'),
        piece(5, 'a b\n', 'f'),
      ],
      new Set(['old']),
    );
    expect(calls.map(({ id }) => id)).toEqual(['new1', 'x', 'new2', 'new3', 'new4', 'new5']);
  });

  it('get ids that do not repeat', () => {
    const slots = new ToolCallSlots();
    slots.add(piece(0, '', 'a'));
    slots.add(piece(1, '', 'b'));
    const ids = [...slots.calls(none), ...slots.calls(none)].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
  });

  it('always have a name that the contract takes', () => {
    const calls = callsOf([piece(0, 'a', ''), piece(1, 'b', 'n'.repeat(500))]);
    expect(calls.map(({ name }) => name)).toEqual(['unnamed', 'n'.repeat(128)]);
  });

  it('ignore what is no piece', () => {
    expect(callsOf([null, 'x', 7, []])).toEqual([]);
    expect(callsOf([{ function: 'x' }])).toEqual([{ id: 'new1', name: 'unnamed', args: {} }]);
  });

  it('do not let "__proto__" in arguments reach any prototype', () => {
    const [call] = callsOf([piece(0, 'a', 'add', '{"__proto__":{"polluted":true}}')]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(call?.args)).toBe(Object.prototype);
  });
});
