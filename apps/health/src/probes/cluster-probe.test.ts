import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { selfSigned } from '@lumina/testing';
import { clusterApis } from './cluster-client';
import { clusterProbe } from './cluster-probe';
import { type ClusterApis, surveyCluster } from './cluster-survey';

jest.setTimeout(60_000);

const nowMs = Date.parse('2026-06-01T12:00:00Z');
const ago = (seconds: number): string => new Date(nowMs - seconds * 1_000).toISOString();

type Status = 'True' | 'False';
const pod = (name: string, ready: Status, sinceSeconds: number, more: object = {}) => ({
  metadata: { name, creationTimestamp: ago(3_600) },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready, lastTransitionTime: ago(sinceSeconds) }],
    ...more,
  },
});
const container = (restartCount: number, endedSeconds: number, waiting?: string) => ({
  ...{ name: 'main', image: 'x', imageID: 'x', ready: false, restartCount },
  lastState: { terminated: { exitCode: 137, finishedAt: ago(endedSeconds) } },
  ...(waiting === undefined ? {} : { state: { waiting: { reason: waiting } } }),
});
const job = (
  name: string,
  owner: string,
  { type, startedSeconds }: { type: string; startedSeconds: number },
) => ({
  metadata: { name, ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: owner, uid: owner }] },
  status: { startTime: ago(startedSeconds), conditions: [{ type, status: 'True' }] },
});
const autoscaler = (name: string, desired: number) => ({
  metadata: { name },
  spec: { maxReplicas: 10, scaleTargetRef: { kind: 'Deployment', name } },
  status: { currentReplicas: desired, desiredReplicas: desired },
});
const budget = (name: string, disruptionsAllowed: number, expectedPods = 3) => ({
  metadata: { name },
  status: { disruptionsAllowed, expectedPods, currentHealthy: 3, desiredHealthy: 2 },
});

const well: Record<string, readonly object[]> = {
  pods: [
    pod('gateway-1', 'True', 3_000),
    pod('gateway-2', 'False', 20),
    { ...pod('backup-1', 'False', 3_000), status: { phase: 'Succeeded' } },
  ],
  horizontalpodautoscalers: [autoscaler('gateway', 9)],
  poddisruptionbudgets: [budget('gateway', 1), budget('nobody', 0, 0)],
  jobs: [
    job('backup-1', 'backup', { type: 'Failed', startedSeconds: 900 }),
    job('backup-2', 'backup', { type: 'Complete', startedSeconds: 300 }),
  ],
};
const ill: typeof well = {
  pods: [
    pod('gateway-1', 'True', 3_000, { containerStatuses: [container(4, 60)] }),
    pod('gateway-2', 'False', 90, { containerStatuses: [container(9, 3_000, 'CrashLoopBackOff')] }),
  ],
  horizontalpodautoscalers: [autoscaler('gateway', 10)],
  poddisruptionbudgets: [budget('redis', 0)],
  jobs: [
    job('backup-1', 'backup', { type: 'Complete', startedSeconds: 900 }),
    job('backup-2', 'backup', { type: 'Failed', startedSeconds: 300 }),
  ],
};

/** Speaks as much of the Kubernetes API as is asked for here. */
describe('the cluster, through the real client', () => {
  let server: Server;
  let apis: ClusterApis;
  let world: typeof well;
  let status: number;
  const asked: string[] = [];

  beforeAll(async () => {
    const own = selfSigned('localhost');
    server = createServer(own, (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
      asked.push(
        `${request.method} ${pathname} ${searchParams.get('labelSelector')} ${request.headers.authorization}`,
      );
      const kind = pathname.split('/').at(-1) ?? '';
      response.writeHead(status, { 'content-type': 'application/json' });
      const items = { apiVersion: 'v1', kind: 'List', metadata: {}, items: world[kind] ?? [] };
      const refusal = { kind: 'Status', status: 'Failure', message: 'forbidden: secret words', code: status };
      response.end(JSON.stringify(status === 200 ? items : refusal));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [
        {
          name: 'c',
          server: `https://localhost:${(server.address() as AddressInfo).port}`,
          caData: Buffer.from(own.cert).toString('base64'),
        },
      ],
      users: [{ name: 'u', token: 'a-token' }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    });
    apis = await clusterApis(config);
  });
  beforeEach(() => {
    world = well;
    status = 200;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const look = () => surveyCluster(apis, 'lumina', nowMs);
  const probe = (onLook: (survey: unknown) => void = () => undefined) => clusterProbe({ look, onLook });
  const signal = new AbortController().signal;

  it('is well while pods are ready or just starting, and jobs end well', async () => {
    expect(await probe().run(signal)).toEqual({ isHealthy: true, detail: '1 pods are ready' });
  });

  it('says what is wrong with what', async () => {
    world = ill;
    expect(await look()).toEqual({
      podsReady: 1,
      podsNotReady: ['gateway-2 (CrashLoopBackOff)'],
      restarting: ['gateway-1'],
      autoscalersAtMaximum: ['gateway'],
      budgetsBlocked: ['redis'],
      cronJobsFailed: ['backup'],
    });
    const { isHealthy, detail } = await probe().run(signal);
    expect(isHealthy).toBe(false);
    expect(detail).toBe(
      'pods are not ready: gateway-2 (CrashLoopBackOff); restart again and again: gateway-1; ' +
        'have as many replicas as they may: gateway; allow no disruption: redis; failed when they ran last: backup',
    );
  });

  it('only lists, only in its namespace, only what is ours, as its service account', async () => {
    asked.length = 0;
    await look();
    const of = (place: string) => `GET /apis/${place} app.kubernetes.io/part-of=lumina Bearer a-token`;
    expect(asked.toSorted()).toEqual(
      [
        of('../api/v1/namespaces/lumina/pods').replace('/apis/..', ''),
        of('autoscaling/v2/namespaces/lumina/horizontalpodautoscalers'),
        of('batch/v1/namespaces/lumina/jobs'),
        of('policy/v1/namespaces/lumina/poddisruptionbudgets'),
      ].toSorted(),
    );
  });

  it('says that a right is missing, and nothing of what was answered', async () => {
    status = 403;
    const seen = jest.fn();
    await expect(probe(seen).run(signal)).rejects.toThrow(
      'the Kubernetes API answers 403: the service account lacks a right (docs/health.md)',
    );
    expect(seen).toHaveBeenCalledWith(undefined);
  });

  it('outside a cluster says so', async () => {
    const outside = clusterProbe({ look: undefined, onLook: () => undefined });
    expect(await outside.run(signal)).toEqual({ isHealthy: true, detail: 'not in a cluster' });
  });
});
