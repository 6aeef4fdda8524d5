import type { KubernetesObject } from './kubernetes-object';

/** Packages with the models of groups that are not Kubernetes' own. */
const packages: Readonly<Record<string, string>> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'keda.sh': '@kubernetes-models/keda',
  'security.istio.io': '@kubernetes-models/istio',
  'external-secrets.io': '@kubernetes-models/external-secrets',
  'cert-manager.io': '@kubernetes-models/cert-manager',
};

/** Module that holds the model of an object. Kubernetes' own packages are the default, and refuse kinds that they do not know. */
export function specifierOf({ apiVersion, kind }: KubernetesObject): string {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const path = group === '' ? version : `${group}/${version}`;
  return `${packages[group] ?? 'kubernetes-models'}/${path}/${kind}`;
}
