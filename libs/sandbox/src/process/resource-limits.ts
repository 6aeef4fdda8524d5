import type { SandboxLimits } from '../sandbox';

/** A process of a language runtime reserves more than it uses; what it really uses is watched. */
const reservedBytes = 512 * 1024 ** 2;
const stackBytes = 8 * 1024 ** 2;

/** Limits that the kernel keeps for each process by itself, as `name=soft:hard` of prlimit(1). */
export const resourceLimits = (limits: SandboxLimits): Readonly<Record<string, string>> => {
  const data = limits.memoryBytes + reservedBytes;
  return {
    core: '0:0',
    cpu: `${Math.ceil(limits.cpuSeconds)}:${Math.ceil(limits.cpuSeconds) + 1}`,
    data: `${data}:${data}`,
    fsize: `${limits.fileBytes}:${limits.fileBytes}`,
    memlock: '65536:65536',
    msgqueue: '0:0',
    nofile: `${limits.openFiles}:${limits.openFiles}`,
    stack: `${stackBytes}:${stackBytes}`,
  };
};
