import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import type { Redis } from 'ioredis';
import { type ScriptName, scripts } from './scripts';
import { connected } from './testing/connection';

const dayMs = 86_400_000;

const source = (name: ScriptName): string => scripts.get(name)?.source ?? '';

/** Names of the functions that a script defines at its outermost level, in order. */
const functionsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^local function (\w+)/gm)].map(([, name = '']) => name);

describe('scripts of the run store', () => {
  it('carry the parts that they need, each once and before what needs it', () => {
    expect(functionsOf(source('renew'))).toEqual(
      expect.arrayContaining(['nowMs', 'parseItem', 'loadRun', 'saveRun']),
    );
    for (const { source: text } of scripts.values()) {
      const defined = functionsOf(text);
      expect(new Set(defined).size).toBe(defined.length);
      for (const name of defined)
        expect(text.search(new RegExp(String.raw`\b${name}\(`))).toBeGreaterThan(
          text.indexOf(`local function ${name}`),
        );
    }
  });

  it('carry no part that they never call: each costs at every call', () => {
    const idle = [...scripts.values()].map(({ name, source: text }) => {
      const unused = functionsOf(text).filter(
        (fn) => text.split(new RegExp(String.raw`\b${fn}\b`)).length === 2,
      );
      return [name, unused.length] as const;
    });
    // What a part offers that one of its scripts has no use for: `periodOf` for a sweep, and the like. A whole idle part has more.
    expect(idle.filter(([, unused]) => unused > 3)).toEqual([]);
  });

  it('leave no part unused', () => {
    const parts = readdirSync(join(__dirname, 'lua/parts'));
    const texts = parts.map((file) => readFileSync(join(__dirname, 'lua/parts', file), 'utf8'));
    const all = [...scripts.values()].map(({ source: text }) => text).join('');
    expect(texts.filter((text) => !all.includes(text))).toEqual([]);
  });

  describe('periods', () => {
    let server: ThrowawayRedis;
    let redis: Redis;
    const part = readFileSync(join(__dirname, 'lua/parts/spendings.lua'), 'utf8');

    beforeAll(async () => {
      server = await startRedis();
      redis = await connected(server.port, 'read');
    });
    afterAll(async () => {
      redis.disconnect();
      await server.stop();
    });

    it('of every day from 1970 to 2109 are those of the calendar', async () => {
      const count = Math.round(Date.UTC(2110) / dayMs);
      const found = (await redis.eval(
        `${part}
        local found = {}
        for day = 0, ARGV[1] - 1 do
          local month, monthEndMs = periodOf('month', day * dayMs + 1)
          local name, endMs = periodOf('day', day * dayMs + dayMs - 1)
          found[#found + 1] = table.concat({ name, whole(endMs / dayMs), month, whole(monthEndMs / dayMs) }, ' ')
        end
        return found`,
        0,
        count,
      )) as readonly string[];
      const expected = Array.from({ length: count }, (_, day) => {
        const date = new Date(day * dayMs);
        const name = date.toISOString().slice(0, 10);
        const monthEnd = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / dayMs;
        return `${name} ${day + 1} ${name.slice(0, 7)} ${monthEnd}`;
      });
      expect(found).toEqual(expected);
    });
  });
});
