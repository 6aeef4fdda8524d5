import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Helm } from '../helm';
import { type KubernetesObject, objectsOf } from '../kubernetes-object';
import { root } from './house';

/** A mistake that somebody could make in a chart, and what is said about it. */
export interface PlantedFault {
  readonly what: string;
  readonly chart: 'lumina' | 'redis-sentinel';
  /** A file of the chart, what stands there, and what somebody wrote instead. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly caught: RegExp;
}

const service = 'charts/lumina-service/templates';
const inDeployment = { chart: 'lumina', file: `${service}/_deployment.tpl` } as const;
const inPod = { chart: 'lumina', file: `${service}/_pod.tpl` } as const;
const inWorkload = { chart: 'lumina', file: `${service}/_workload.tpl` } as const;
const inSet = { chart: 'redis-sentinel', file: 'templates/_pod.tpl' } as const;

export const plantedFaults: readonly PlantedFault[] = [
  {
    ...{ what: 'a typo in a field', ...inDeployment },
    ...{ from: 'terminationGracePeriodSeconds', to: 'terminationGracePeriodSecond' },
    caught: /terminationGracePeriodSecond.*does not exist/,
  },
  {
    ...{ what: 'a field in the wrong place', ...inDeployment },
    ...{
      from: '          imagePullPolicy',
      to: '          serviceAccountName: x\n          imagePullPolicy',
    },
    caught: /'"serviceAccountName"' does not exist in type/,
  },
  {
    ...{ what: 'a text where a number belongs', ...inDeployment },
    ...{ from: 'revisionHistoryLimit: 5', to: "revisionHistoryLimit: 'five'" },
    caught: /not assignable to type 'number'/,
  },
  {
    ...{ what: 'a word that is none of the allowed', ...inDeployment },
    ...{ from: 'type: RollingUpdate', to: 'typ: RollingUpdate' },
    caught: /'"typ"' does not exist in type 'IDeploymentStrategy'/,
  },
  {
    ...{ what: 'a port that the service does not listen on', ...inDeployment },
    ...{ from: 'containerPort: {{ .port }}', to: 'containerPort: 9000' },
    caught: /not told to listen on/,
  },
  {
    ...{ what: 'a port that no container has', ...inWorkload },
    ...{ from: 'targetPort: http', to: 'targetPort: web' },
    caught: /no container has a port web/,
  },
  {
    ...{ what: 'a selector that selects nothing', ...inWorkload },
    ...{ from: '    matchLabels:\n', to: '    matchLabels:\n      app: lumina\n' },
    caught: /PodDisruptionBudget\/lumina-gateway: spec.selector.matchLabels selects no pod/,
  },
  {
    ...{ what: 'a Service of other labels', chart: 'lumina', file: 'templates/simulated-model.yaml' },
    ...{
      from: '  selector:\n    {{- include "lumina-service.selector" $scope | nindent 4 }}',
      to: '  selector: { app: model }',
    },
    caught: /Service\/lumina-simulated-model: spec.selector selects no pod/,
  },
  {
    ...{ what: 'no selector at all', chart: 'lumina', file: 'templates/simulated-model.yaml' },
    ...{ from: '  selector:\n    {{- include "lumina-service.selector" $scope | nindent 4 }}', to: '' },
    caught: /selects everything/,
  },
  {
    ...{ what: 'a probe of a path that is not there', ...inPod },
    ...{ from: 'path: /health/ready', to: 'path: /ready' },
    caught: /readinessProbe asks \/ready/,
  },
  {
    ...{ what: 'liveness that depends on Redis', ...inPod },
    ...{
      from: 'livenessProbe:\n  httpGet: { path: /health/live',
      to: 'livenessProbe:\n  httpGet: { path: /health/ready',
    },
    caught: /livenessProbe depends on more than the process/,
  },
  {
    ...{ what: 'a grace shorter than the drain', ...inPod },
    ...{ from: 'add .values.preStopSeconds $drain 10', to: 'add .values.preStopSeconds 5' },
    caught: /is killed before it has drained/,
  },
  {
    ...{ what: 'a variable that no service reads', ...inDeployment },
    ...{ from: '          env:\n', to: '          env:\n            - { name: LUMINA_ADDRESS, value: x }\n' },
    caught: /does not read LUMINA_ADDRESS/,
  },
  {
    ...{ what: 'a variable that is missing', chart: 'lumina', file: `${service}/_environment.tpl` },
    ...{ from: '"LUMINA_HOST" "0.0.0.0" ', to: '' },
    caught: /lacks LUMINA_HOST/,
  },
  {
    ...{ what: 'a setting that nobody knows, in values', chart: 'lumina', file: 'values.yaml' },
    ...{ from: 'LUMINA_SANDBOX: landlock', to: 'LUMINA_SANDBOKS: landlock' },
    caught: /LUMINA_SANDBOKS/,
  },
  {
    ...{ what: 'a container that may gain privileges', chart: 'lumina', file: `${service}/_security.tpl` },
    ...{ from: 'allowPrivilegeEscalation: false', to: 'allowPrivilegeEscalation: true' },
    caught: /may gain privileges/,
  },
  {
    ...{ what: 'capabilities that are kept', chart: 'lumina', file: `${service}/_security.tpl` },
    ...{ from: 'drop: [ALL]', to: 'drop: [NET_RAW]' },
    caught: /keeps capabilities/,
  },
  {
    ...{ what: 'a root that can be written', ...inSet },
    ...{ from: 'readOnlyRootFilesystem: true', to: 'readOnlyRootFilesystem: false' },
    caught: /may write its root/,
  },
  {
    ...{ what: 'no limits', ...inDeployment },
    ...{ from: '{{- toYaml .values.resources | nindent 12 }}', to: '  requests: { cpu: 1, memory: 1Gi }' },
    caught: /has no limits/,
  },
  {
    ...{ what: 'a token that is mounted', ...inDeployment },
    ...{
      from: 'automountServiceAccountToken: {{ eq .component "health" }}',
      to: 'automountServiceAccountToken: true',
    },
    caught: /mounts a token/,
  },
  {
    ...{ what: 'the image latest', chart: 'lumina', file: `${service}/_names.tpl` },
    ...{ from: '(default .root.Chart.AppVersion $image.tag)', to: '"latest"' },
    caught: /takes the image latest/,
  },
  {
    ...{ what: 'a role that may read secrets', chart: 'lumina', file: 'templates/health.yaml' },
    ...{ from: 'resources: [pods]', to: 'resources: [pods, secrets]' },
    caught: /allows more than looking/,
  },
  {
    ...{
      what: 'a scaler of a Deployment that is not there',
      chart: 'lumina',
      file: `${service}/_scaling.tpl`,
    },
    ...{
      from: '    kind: Deployment\n    name: {{ include "lumina-service.fullname" .root }}-{{ .component }}',
      to: '    kind: Deployment\n    name: {{ .component }}',
    },
    caught: /there is no Deployment\/gateway/,
  },
  {
    ...{ what: 'a secret that nobody makes', chart: 'lumina', file: `${service}/_environment.tpl` },
    ...{ from: 'printf "%s-generated" $fullname) "key" .', to: 'printf "%s-made" $fullname) "key" .' },
    caught: /there is no Secret\/lumina-made/,
  },
  {
    ...{ what: 'a password among the variables', ...inSet },
    ...{
      from: '- { name: PASSWORD_FILE,',
      to: '- { name: REDIS_PASSWORD, value: x }\n- { name: PASSWORD_FILE,',
    },
    caught: /has secrets among its variables/,
  },
  {
    ...{ what: 'a volume that is mounted and not there', ...inSet },
    ...{ from: '- { name: tmp, mountPath: /tmp }', to: '- { name: scratch, mountPath: /tmp }' },
    caught: /mounts scratch, which is no volume/,
  },
  {
    ...{
      what: 'labels of the services hidden from Prometheus',
      chart: 'lumina',
      file: 'templates/monitoring.yaml',
    },
    ...{ from: 'honorLabels: true', to: 'honorLabels: false' },
    caught: /services' own labels/,
  },
  {
    ...{
      what: 'a monitor of a service that is not there',
      chart: 'lumina',
      file: 'templates/monitoring.yaml',
    },
    ...{ from: 'values: [gateway,', to: 'values: [api,' },
    caught: /no Service is api/,
  },
  {
    ...{ what: 'a policy about labels that no pod has', chart: 'redis-sentinel', file: 'values.yaml' },
    ...{ from: 'app.kubernetes.io/name: lumina', to: 'app.kubernetes.io/name: luminary' },
    caught: /ingress\[0\] selects no pod/,
  },
  {
    ...{ what: 'a pod that no policy closes', chart: 'redis-sentinel', file: 'templates/network.yaml' },
    ...{ from: 'policyTypes: [Ingress, Egress]', to: 'policyTypes: [Ingress]' },
    caught: /no network policy refuses both ways/,
  },
];

/** The objects of a copy of the chart with the fault in it, or what Helm says. */
export async function plantIn(
  helm: Helm,
  { what, chart, file, from, to }: PlantedFault,
): Promise<readonly KubernetesObject[] | string> {
  const folder = await mkdtemp(join(tmpdir(), 'lumina-fault-'));
  try {
    await cp(join(root, 'charts', chart), folder, { recursive: true });
    const sound = await readFile(join(folder, file), 'utf8');
    if (!sound.includes(from)) throw new Error(`${what}: ${file} has no ${from}`);
    await writeFile(join(folder, file), sound.replace(from, to));
    const release = chart === 'lumina' ? 'lumina' : 'lumina-redis';
    const { isContent, text } = await helm.template({
      chart: folder,
      release,
      apiVersions: ['monitoring.coreos.com/v1'],
    });
    if (!isContent) return text;
    try {
      return objectsOf(text);
    } catch (error) {
      return String(error);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
