import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { Gauge } from 'prom-client';

/** Where a container's limit stands: control groups version 2, then version 1. */
const limitFiles = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];

/** Memory that this process may have, in bytes: its container's limit, or what the machine has. */
export function memoryLimitBytes(files: readonly string[] = limitFiles, machineBytes = totalmem()): number {
  for (const file of files) {
    const bytes = limitIn(file);
    // A control group without a limit says "max", or a number beyond any machine.
    if (bytes !== undefined && bytes < machineBytes) return bytes;
  }
  return machineBytes;
}

function limitIn(file: string): number | undefined {
  try {
    const bytes = Number(readFileSync(file, 'utf8').trim());
    return Number.isFinite(bytes) && bytes > 0 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

export const memoryLimit = new Gauge({
  name: 'lumina_process_memory_limit_bytes',
  help: 'Memory that this process may have: the limit of its container, or what the machine has.',
  collect() {
    this.set(memoryLimitBytes());
  },
});
