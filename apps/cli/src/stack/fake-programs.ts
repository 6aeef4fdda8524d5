import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { serviceScript } from '../processes/fake-program';

const services = [
  'apps/gateway',
  'apps/agent-orchestrator',
  'apps/tool-executor',
  'apps/health',
  'tools/model-sim',
];

/** A folder of programs in which every service is the smallest one there is, but for those that `scripts` gives. For tests. */
export function writeFakePrograms(folder: string, scripts: Readonly<Record<string, string>> = {}): string {
  for (const service of services) {
    const path = join(folder, service, 'src/main.js');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, scripts[service] ?? serviceScript);
  }
  return folder;
}
