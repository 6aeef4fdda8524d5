import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inFolder } from '../data/temporary-folder';
import { answering, startFakeGateway } from '../gateway/fake-gateway';
import { modelChecks } from './model-checks';

const list = answering(200, { data: [{ id: 'm' }] });
const refusal = answering(401, { error: { message: 'Incorrect API key provided: sk-old-0123456789' } });

describe('the checks of models', () => {
  it('ask each endpoint with each of its keys, and tell which is refused, not what it is', async () => {
    const endpoint = await startFakeGateway([refusal, list]);
    const env = { OPENAI_BASE_URL: endpoint.url, OPENAI_API_KEY: 'sk-old-0123456789,sk-new-0123456789' };
    const findings = await modelChecks(env);
    expect(findings).toMatchObject([
      { what: 'model: openai, key 1', state: 'ill', detail: expect.stringContaining('OPENAI_API_KEY') },
      { what: 'model: openai, key 2', state: 'well', detail: 'reachable' },
    ]);
    expect(JSON.stringify(findings)).not.toMatch(/sk-(old|new)/);
    await endpoint.close();
  });

  it('read keys from files', () =>
    inFolder(async (folder) => {
      const endpoint = await startFakeGateway([list]);
      writeFileSync(join(folder, 'key'), 'sk-ant-file\n');
      const env = { ANTHROPIC_BASE_URL: endpoint.url, ANTHROPIC_API_KEY_FILE: join(folder, 'key') };
      expect(await modelChecks(env)).toMatchObject([{ what: 'model: anthropic, key 1', state: 'well' }]);
      expect(endpoint.seen[0]).toMatchObject({ url: '/v1/models', headers: { 'x-api-key': 'sk-ant-file' } });
      await endpoint.close();
    }));

  it('say where nothing listens', async () => {
    expect(await modelChecks({ OLLAMA_BASE_URL: 'http://127.0.0.1:1' })).toMatchObject([
      { what: 'model: ollama', state: 'ill', detail: expect.stringContaining('ECONNREFUSED') },
    ]);
  });

  it('have nothing to ask where nothing is configured', async () => {
    expect(await modelChecks({})).toMatchObject([{ state: 'well' }]);
  });
});
