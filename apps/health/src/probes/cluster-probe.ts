import type { Probe } from './probe';

/** Whether this process runs in a Kubernetes cluster, by what the kubelet puts into every container's environment. */
export function clusterProbe(apiServerHost: string | undefined): Probe {
  return {
    name: 'cluster',
    isCritical: false,
    run: async () => {
      const detail =
        apiServerHost === undefined ? 'not in a cluster' : 'in a cluster, which is not looked at';
      return { isHealthy: true, detail };
    },
  };
}
