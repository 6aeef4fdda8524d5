import { describe, expect, it } from '@jest/globals';
import { dispatch } from '../command-line/dispatch';
import { answering } from '../gateway/fake-gateway';
import { withStack } from '../stack/fake-world';

describe('lumina usage', () => {
  const total = {
    ...{
      calls: 3,
      cached_calls: 2,
      input_tokens: 1200,
      cached_input_tokens: 900,
      output_tokens: 30,
      cost_usd: 0.25,
    },
    ...{ lost_calls: 1, lost_tokens: 4100, lost_usd: 0.0625 },
  };
  const lost = {
    ...total,
    calls: 0,
    cached_calls: 0,
    input_tokens: 0,
    cached_input_tokens: 0,
    output_tokens: 0,
    cost_usd: 0,
  };
  const none = { lost_calls: 0, lost_tokens: 0, lost_usd: 0 };
  const report = {
    ...{ tenant: 'acme', from: '2026-01-01', to: '2026-01-30', total },
    rows: [
      { agent: 'lumina', model: 'openai/gpt-5', ...total, ...none },
      { agent: 'lumina', model: '', ...lost },
    ],
  };

  it('prints a line for each row and one for all, and asks for what was asked for', () =>
    withStack([answering(200, report)], async ({ user, gateway }) => {
      const args = ['--from', '2026-01-01', '--to', '2026-01-30', '--by', 'agent,model'];
      expect(await dispatch(['usage', ...args], user)).toBe(0);
      expect(gateway.seen[0]?.url).toBe('/usage?from=2026-01-01&to=2026-01-30&by=agent%2Cmodel');
      expect(user.written.out.split('\n')).toEqual([
        'Usage of acme, 2026-01-01 to 2026-01-30',
        '',
        'agent   model         calls  cached  input  input cached  output  US dollars  lost  lost dollars',
        'lumina  openai/gpt-5      3       2   1200           900      30      0.2500     0        0.0000',
        'lumina  (unknown)         0       0      0             0       0      0.0000     1        0.0625',
        'all                       3       2   1200           900      30      0.2500     1        0.0625',
        '',
      ]);
    }));

  it('passes the answer on with --json, and says so when there is nothing', async () => {
    await withStack([answering(200, report)], async ({ user, gateway }) => {
      expect(await dispatch(['usage', '--json'], user)).toBe(0);
      expect(JSON.parse(user.written.out)).toEqual(report);
      expect(gateway.seen[0]?.url).toBe('/usage');
    });
    await withStack([answering(200, { ...report, rows: [] })], async ({ user }) => {
      expect(await dispatch(['usage'], user)).toBe(0);
      expect(user.written.out).toBe('Usage of acme, 2026-01-01 to 2026-01-30: none.\n');
    });
  });

  it('takes no word, and says what the gateway refuses', async () => {
    await withStack([answering(422, { detail: 'from must be a day.' })], async ({ user }) => {
      expect(await dispatch(['usage', 'yesterday'], user)).toBe(2);
      expect(await dispatch(['usage', '--from', 'yesterday'], user)).toBe(1);
      expect(user.written.err).toContain('from must be a day.');
    });
  });
});
