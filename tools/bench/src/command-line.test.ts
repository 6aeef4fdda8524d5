import { describe, expect, it } from '@jest/globals';
import { readCommandLine } from './command-line';

const read = (text: string) => readCommandLine(text === '' ? [] : text.split(' '));

describe('the command line', () => {
  it('does all by default but what takes long or answers a question of its own, with both durabilities and no peers', () => {
    expect(read('')).toMatchObject({
      works: ['burst', 'chat', 'agent', 'agent4', 'steps4', 'latency', 'counts', 'stream', 'sustain'],
      durabilities: ['local', 'replicated'],
      peers: undefined,
      rounds: 5,
      seconds: 5,
      clients: 32,
      rate: 50,
      replicas: 1,
      soakSeconds: 1_800,
    });
  });

  it('starts nobody for a work that needs nobody', () => {
    expect(read('models sandbox')).toMatchObject({ works: ['sandbox', 'models'], durabilities: [] });
    expect(read('models agent').durabilities).toEqual(['local', 'replicated']);
  });

  it('does works in its own order, each once', () => {
    expect(read('soak agent burst agent').works).toEqual(['burst', 'agent', 'soak']);
  });

  it('is short when asked, unless told how long', () => {
    expect(read('--quick')).toMatchObject({ rounds: 1, seconds: 2 });
    expect(read('--quick --seconds 9 --rounds 3')).toMatchObject({ rounds: 3, seconds: 9, soakSeconds: 9 });
  });

  it.each([
    ['--peers', 'all'],
    ['--peers --quick', 'all'],
    ['--peers agent', 'all'],
    ['--peers restate,mastra', ['restate', 'mastra']],
    ['--peers=restate', ['restate']],
  ])('%s asks for %j', (text, peers) => {
    expect(read(text).peers).toEqual(peers);
  });

  it('takes the word behind --peers for a work when it is one', () => {
    expect(read('--peers agent').works).toEqual(['agent']);
  });

  it.each([
    ['agents', "no work 'agents'. There are: burst, chat, agent"],
    ['--durability none', 'local, replicated or both'],
    ['--rounds 0', '--rounds must be a whole number from 1 to 100'],
    ['--seconds 1e3', '--seconds must be a whole number'],
    ['--clients -1', '--clients'],
    ['--rate 1.5', '--rate must be a whole number'],
    ['--peers ,', '--peers must name peers'],
    ['--loudly', "Unknown option '--loudly'"],
  ])('refuses %s', (text, words) => {
    expect(() => read(text)).toThrow(words);
  });
});
