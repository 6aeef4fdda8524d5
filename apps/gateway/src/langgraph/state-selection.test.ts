import { describe, expect, it } from '@jest/globals';
import { selectedState, stateFieldsIn } from './state-selection';

const state = { values: { messages: ['m'], other: 1 }, next: ['agent'], created_at: 'now' };

describe('selectedState', () => {
  it.each([
    [undefined, state],
    [[], state],
    [['next'], { next: ['agent'] }],
    [['values'], { values: state.values }],
    [['values.messages', 'created_at'], { values: { messages: ['m'] }, created_at: 'now' }],
    [['values', 'values.messages'], { values: state.values }],
    [['values.nothing'], { values: {} }],
  ])('of %j is %j', (fields, expected) => {
    expect(selectedState(state, fields)).toEqual(expected);
  });
});

describe('stateFieldsIn', () => {
  it('reads them in the ways in which clients send several', () => {
    expect(stateFieldsIn(undefined)).toBeUndefined();
    expect(stateFieldsIn('next,values.messages')).toEqual(['next', 'values.messages']);
    expect(stateFieldsIn(['next', '["tasks"]'])).toEqual(['next', 'tasks']);
  });

  it('refuses what no state has', () => {
    expect(() => stateFieldsIn('everything')).toThrow(/select: expected/);
  });
});
