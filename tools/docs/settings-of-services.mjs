// Which settings each service really reads, from the built sources: node tools/docs/settings-of-services.mjs prints them as JSON.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);
const load = (path) => require(resolve(root, 'dist', path));

/** By service, descriptions of its settings (libs/platform/src/config). The build must be there. */
export function settingsOfServices() {
  const { describeSettings } = load('libs/platform/src/config/index.js');
  return {
    gateway: describeSettings(load('apps/gateway/src/settings.js').gatewaySettings),
    'agent-orchestrator': describeSettings(
      load('apps/agent-orchestrator/src/settings.js').orchestratorSettings,
    ),
    'tool-executor': describeSettings(load('apps/tool-executor/src/settings.js').executorSettings),
    health: describeSettings(load('apps/health/src/settings.js').healthSettings),
  };
}

if (process.argv[1] === import.meta.filename) process.stdout.write(JSON.stringify(settingsOfServices()));
