import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { programs } from '@lumina/testbed';
import { benchTool } from '../bench-tool';

/** What the scripted model says; it is in the sources, which `dist/` mirrors. */
export const scenarioFile = resolve(programs, '../tools/bench/scenarios.yaml');

const agents = `defaultAgent: bench
agents:
  bench:
    description: Does what a benchmark asks for.
    instructions: You are a helpful assistant.
    tools: [${benchTool}]
`;

export interface BenchFolder {
  readonly root: string;
  readonly config: string;
  readonly workspaces: string;
  readonly logs: string;
}

/** Everything that one subject leaves on the disk, under one folder. */
export function layOut(root: string): BenchFolder {
  const folder = {
    root,
    config: join(root, 'lumina.yaml'),
    workspaces: join(root, 'workspaces'),
    logs: join(root, 'logs'),
  };
  for (const path of [folder.workspaces, folder.logs]) mkdirSync(path, { recursive: true });
  writeFileSync(folder.config, agents);
  return folder;
}
