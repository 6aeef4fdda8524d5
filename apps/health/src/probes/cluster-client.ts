import { readFileSync } from 'node:fs';
import type { KubeConfig } from '@kubernetes/client-node';
import { type ClusterApis, type ClusterSurvey, surveyCluster } from './cluster-survey';

const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** Loaded where there is a cluster only: it is large. */
const loaded = () => import('@kubernetes/client-node');

export async function clusterApis(config: KubeConfig): Promise<ClusterApis> {
  const { AutoscalingV2Api, BatchV1Api, CoreV1Api, PolicyV1Api } = await loaded();
  return {
    core: config.makeApiClient(CoreV1Api),
    autoscaling: config.makeApiClient(AutoscalingV2Api),
    policy: config.makeApiClient(PolicyV1Api),
    batch: config.makeApiClient(BatchV1Api),
  };
}

/** Looks at the namespace that this process runs in, as its service account. */
export function ownCluster(): () => Promise<ClusterSurvey> {
  let apis: Promise<ClusterApis> | undefined;
  const connect = async (): Promise<ClusterApis> => {
    const { KubeConfig } = await loaded();
    const config = new KubeConfig();
    config.loadFromCluster();
    return clusterApis(config);
  };
  return async () => {
    apis ??= connect();
    try {
      return await surveyCluster(await apis, readFileSync(namespaceFile, 'utf8').trim(), Date.now());
    } catch (error) {
      // Begun anew at the next look: a token or a namespace may have been put there meanwhile.
      apis = undefined;
      throw error;
    }
  };
}
