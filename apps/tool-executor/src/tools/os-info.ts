import { arch, availableParallelism, freemem, platform, release, totalmem } from 'node:os';
import { z } from 'zod';
import { defineTool, ok } from '../tool';
import { formatBytes } from '../workspace/printable';

export const osInfoTool = defineTool({
  name: 'os_info',
  description:
    'Describes the machine that tools run on: operating system, architecture, processors, memory, Node version and ' +
    'time zone. Use it before you write commands or code that depend on them. Returns one "name: value" a line.',
  schema: z.object({}),
  risk: 'read',
  isIdempotent: true,
  usesWorkspace: false,
  timeoutMs: 5000,
  async run() {
    const facts = {
      platform: platform(),
      release: release(),
      architecture: arch(),
      processors: String(availableParallelism()),
      memory_total: formatBytes(memoryLimitBytes()),
      memory_free: formatBytes(Math.min(freemem(), process.availableMemory())),
      node: process.version,
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    };
    return ok(
      Object.entries(facts)
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n'),
    );
  },
});

/** The container's limit where there is one. */
function memoryLimitBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}
