import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@lumina/testing';
import { knownSecrets } from './known-secrets';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lumina-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('known secrets', () => {
  it.each([
    ['OPENAI_API_KEY', 'value-of-the-key'],
    ['LUMINA_REDIS_PASSWORD', 'value-of-the-password'],
    ['GITHUB_TOKEN', 'value-of-the-token'],
    ['AWS_SECRET_ACCESS_KEY', 'value-of-the-secret'],
    ['apiKey', 'value-of-another'],
  ])('are what %s holds', (name, value) => {
    expect(knownSecrets({ [name]: value })()).toEqual([value]);
  });

  it('are the keys of LUMINA_API_KEYS, without their tenants', () => {
    const keys = 'first-key:acme, second-key:other:runs:read+approve';
    expect(knownSecrets({ LUMINA_API_KEYS: keys })()).toEqual(['first-key', 'second-key']);
  });

  it('are what a collector is told so that it lets us in, also without the word before it', () => {
    const headers = 'authorization=Bearer%20value-of-the-token,x-team=a';
    expect(knownSecrets({ OTEL_EXPORTER_OTLP_HEADERS: headers })()).toEqual([
      'Bearer%20value-of-the-token',
      'value-of-the-token',
      'Bearer value-of-the-token',
    ]);
  });

  it('are the passwords of URLs, whatever the variable is called', () => {
    const url = 'redis://user:p%40ss-word@host:6379/0';
    expect(knownSecrets({ LUMINA_REDIS_URL: url })()).toEqual(['p%40ss-word', 'p@ss-word']);
  });

  it('are the lines of a key that has several', () => {
    const lines = ['-----BEGIN-----', 'abcdefghijklmnopqrstuvwxyz', 'short'];
    expect(knownSecrets({ TLS_KEY: lines.join('\n') })()).toEqual([lines.join('\n'), lines[1]]);
  });

  it('are found in a configuration, at any depth', () => {
    const file = {
      servers: [{ name: 'not this one', headers: { authorization: 'x', 'api-key': 'deep-secret' } }],
    };
    expect(knownSecrets({}, file)()).toEqual(['deep-secret']);
  });

  it.each([
    ['PATH', '/usr/local/bin:/usr/bin'],
    ['OPENAI_BASE_URL', 'https://api.example.com/v1'],
    ['LUMINA_MAX_TOKENS', '1000000000'],
    ['SSH_AUTH_SOCK', '/tmp/ssh-agent/agent.123'],
    ['API_KEY', 'short'],
    ['USE_TOKEN', 'true'],
    ['KEYBOARD_LAYOUT', 'a-long-value'],
    ['MONKEY', 'a-long-value'],
  ])('are not %s=%s', (name, value) => {
    expect(knownSecrets({ [name]: value })()).toEqual([]);
  });

  it('are what a file holds, also after it has changed', async () => {
    const path = join(folder, 'key');
    writeFileSync(path, 'first-value\n');
    const read = knownSecrets({ OPENAI_API_KEY_FILE: path });
    expect(read()).toEqual(['first-value']);
    writeFileSync(path, 'second-value-of-it\n');
    await eventually('the new value', () => read().includes('second-value-of-it'));
  });

  it('are none where a file cannot be read: whoever needs it says so', () => {
    expect(knownSecrets({ OPENAI_API_KEY_FILE: join(folder, 'missing') })()).toEqual([]);
  });
});
