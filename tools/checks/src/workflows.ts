import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { Check } from './check';
import type { SourceTree } from './source-tree';

/** The only actions that workflows may use, each by a version tag. Others would be code that nobody here has read. */
const allowedAction = /^actions\/(?:checkout|setup-node)@v\d+(?:\.\d+){0,2}$/;

const permissionsSchema = z.union([z.literal('read-all'), z.record(z.string(), z.enum(['read', 'none']))]);
const stepSchema = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
});
const jobSchema = z.object({
  'timeout-minutes': z.number().positive().max(120).optional(),
  permissions: z.unknown().optional(),
  uses: z.string().optional(),
  steps: z.array(stepSchema).default([]),
});
const triggersSchema = z.union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())]);
const workflowSchema = z.object({
  on: triggersSchema,
  permissions: z.unknown().optional(),
  jobs: z.record(z.string(), jobSchema),
});

type Job = z.infer<typeof jobSchema>;
type Step = z.infer<typeof stepSchema>;

function stepFaults(step: Step): readonly string[] {
  const faults: string[] = [];
  if (step.uses !== undefined && !allowedAction.test(step.uses))
    faults.push(
      `uses ${step.uses}; only actions/checkout and actions/setup-node, by version tag, are allowed`,
    );
  if (step.uses?.startsWith('actions/checkout@') && step.with['persist-credentials'] !== false)
    faults.push('checks out without persist-credentials: false, which leaves the token to every later step');
  if (step.run !== undefined && /\$\{\{[^}]*\b(github\.(event|head_ref)|inputs)\b/.test(step.run))
    faults.push('puts words of the event into a script: pass them through env instead');
  return faults;
}

function jobFaults(job: Job): readonly string[] {
  const faults = [...job.steps.flatMap(stepFaults)];
  if (job['timeout-minutes'] === undefined) faults.push('has no timeout-minutes');
  if (job.uses !== undefined) faults.push(`calls the workflow ${job.uses}; jobs state their own steps`);
  if (job.permissions !== undefined && !isReadOnly(job.permissions))
    faults.push('asks for more than read permissions');
  return faults;
}

const isReadOnly = (permissions: unknown): boolean => permissionsSchema.safeParse(permissions).success;

function triggerNames(triggers: z.infer<typeof triggersSchema>): readonly string[] {
  if (typeof triggers === 'string') return [triggers];
  return Array.isArray(triggers) ? triggers : Object.keys(triggers);
}

function workflowFaults(content: unknown): readonly string[] {
  const parsed = workflowSchema.safeParse(content);
  if (!parsed.success) return [`is not a workflow: ${z.prettifyError(parsed.error)}`];
  const { on, permissions, jobs } = parsed.data;
  const faults = Object.entries(jobs).flatMap(([name, job]) =>
    jobFaults(job).map((fault) => `job ${name} ${fault}`),
  );
  if (!isReadOnly(permissions)) faults.push('must set permissions for all jobs, read-only');
  if (triggerNames(on).includes('pull_request_target'))
    faults.push("runs on pull_request_target, which gives a stranger's change our rights");
  return faults;
}

export function githubFaults(tree: SourceTree): readonly string[] {
  const paths = tree.paths.filter((path) => path.startsWith('.github/') && /\.ya?ml$/.test(path));
  return paths.flatMap((path) => {
    const document = parseDocument(tree.read(path));
    const faults = document.errors.map((error) => `is not YAML: ${error.message.split('\n', 1).join('')}`);
    if (faults.length === 0 && path.startsWith('.github/workflows/'))
      faults.push(...workflowFaults(document.toJS()));
    return faults.map((fault) => `${path} ${fault}`);
  });
}

export const workflows: Check = { name: 'workflows ask for little', faults: githubFaults };
