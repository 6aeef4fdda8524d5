import type {
  AutoscalingV2Api,
  BatchV1Api,
  CoreV1Api,
  PolicyV1Api,
  V1Job,
  V1Pod,
} from '@kubernetes/client-node';

/** What stands out in a cluster, each by the names of what it is about. */
export interface ClusterSurvey {
  readonly podsReady: number;
  /** Pods that have not been ready for a while, and why. */
  readonly podsNotReady: readonly string[];
  /** Pods whose containers end again and again. */
  readonly restarting: readonly string[];
  /** Autoscalers that would need more replicas than they may have. */
  readonly autoscalersAtMaximum: readonly string[];
  /** Disruption budgets that let no pod go: a node cannot be drained. */
  readonly budgetsBlocked: readonly string[];
  /** CronJobs whose last job that ended failed. */
  readonly cronJobsFailed: readonly string[];
}

export interface ClusterApis {
  readonly core: Pick<CoreV1Api, 'listNamespacedPod'>;
  readonly autoscaling: Pick<AutoscalingV2Api, 'listNamespacedHorizontalPodAutoscaler'>;
  readonly policy: Pick<PolicyV1Api, 'listNamespacedPodDisruptionBudget'>;
  readonly batch: Pick<BatchV1Api, 'listNamespacedJob'>;
}

/** A pod that has just been started is not ready, and that is well. */
const patienceMs = 60_000;
const restartWindowMs = 600_000;
const manyRestarts = 3;
/** More objects of a kind than these are not looked at. */
const limit = 500;

/** Four lists of one namespace, of what carries the label of Lumina. */
export async function surveyCluster(
  { core, autoscaling, policy, batch }: ClusterApis,
  namespace: string,
  nowMs: number,
): Promise<ClusterSurvey> {
  const wanted = { namespace, limit, labelSelector: 'app.kubernetes.io/part-of=lumina' };
  const [pods, autoscalers, budgets, jobs] = await Promise.all([
    core.listNamespacedPod(wanted),
    autoscaling.listNamespacedHorizontalPodAutoscaler(wanted),
    policy.listNamespacedPodDisruptionBudget(wanted),
    batch.listNamespacedJob(wanted),
  ]);
  const serving = pods.items.filter(
    ({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
  return {
    podsReady: serving.filter((pod) => readiness(pod)?.status === 'True').length,
    podsNotReady: serving.filter((pod) => isUnready(pod, nowMs)).map(podLine),
    restarting: serving.filter((pod) => isRestarting(pod, nowMs)).map(nameOf),
    autoscalersAtMaximum: autoscalers.items
      .filter(({ spec, status }) => (status?.desiredReplicas ?? 0) >= (spec?.maxReplicas ?? Infinity))
      .map(nameOf),
    budgetsBlocked: budgets.items
      .filter(({ status }) => (status?.expectedPods ?? 0) > 0 && status?.disruptionsAllowed === 0)
      .map(nameOf),
    cronJobsFailed: cronJobsFailed(jobs.items),
  };
}

const nameOf = ({ metadata }: { readonly metadata?: { readonly name?: string } }): string =>
  metadata?.name ?? 'without a name';

const readiness = ({ status }: V1Pod) => status?.conditions?.find(({ type }) => type === 'Ready');

function isUnready(pod: V1Pod, nowMs: number): boolean {
  const ready = readiness(pod);
  if (ready?.status === 'True') return false;
  const since = ready?.lastTransitionTime ?? pod.metadata?.creationTimestamp;
  return since !== undefined && nowMs - since.getTime() > patienceMs;
}

function podLine(pod: V1Pod): string {
  const waiting = pod.status?.containerStatuses?.find(({ state }) => state?.waiting !== undefined);
  const why = waiting?.state?.waiting?.reason ?? readiness(pod)?.reason ?? pod.status?.phase;
  return why === undefined ? nameOf(pod) : `${nameOf(pod)} (${why})`;
}

const isRestarting = ({ status }: V1Pod, nowMs: number): boolean =>
  (status?.containerStatuses ?? []).some(({ restartCount, lastState }) => {
    const endedAt = lastState?.terminated?.finishedAt?.getTime() ?? 0;
    return restartCount > manyRestarts && nowMs - endedAt < restartWindowMs;
  });

const endingOf = ({ status }: V1Job): 'failed' | 'complete' | undefined => {
  const isSo = (type: string): boolean =>
    status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
  if (isSo('Failed')) return 'failed';
  return isSo('Complete') ? 'complete' : undefined;
};

/** By the last job of each that has ended: an old failure that was made good is none. */
function cronJobsFailed(jobs: readonly V1Job[]): readonly string[] {
  const last = new Map<string, { readonly startedAtMs: number; readonly hasFailed: boolean }>();
  for (const job of jobs) {
    const owner = job.metadata?.ownerReferences?.find(({ kind }) => kind === 'CronJob')?.name;
    const ending = endingOf(job);
    if (owner === undefined || ending === undefined) continue;
    const startedAtMs = job.status?.startTime?.getTime() ?? 0;
    if (startedAtMs >= (last.get(owner)?.startedAtMs ?? -1))
      last.set(owner, { startedAtMs, hasFailed: ending === 'failed' });
  }
  return [...last].filter(([, { hasFailed }]) => hasFailed).map(([name]) => name);
}
