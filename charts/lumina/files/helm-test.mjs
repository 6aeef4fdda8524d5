// What `helm test` runs: one real task through the gateway. Exit 0 when it was answered.
// Reads LUMINA_URL and LUMINA_API_KEYS_FILE (key:tenant[:scopes], the first is used), or LUMINA_KEY.
import { readFileSync } from 'node:fs';

const deadlineMs = 120_000;
const url = process.env.LUMINA_URL;
const keysFile = process.env.LUMINA_API_KEYS_FILE;
const key = process.env.LUMINA_KEY ?? (keysFile === undefined ? '' : readFileSync(keysFile, 'utf8').trim().split(':', 1)[0]);

async function ask(path, body) {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(deadlineMs),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

try {
  const { status } = await ask('/health');
  if (status === 'unhealthy') throw new Error('/health says unhealthy');
  const { answer } = await ask('/chat', { message: 'Which files are in this workspace?' });
  if (typeof answer !== 'string' || answer.trim() === '') throw new Error('/chat answered without an answer');
  console.log(`a task was answered (health: ${status})`);
} catch (error) {
  console.error(`the test of the installation failed: ${error.message}`);
  process.exitCode = 1;
}
