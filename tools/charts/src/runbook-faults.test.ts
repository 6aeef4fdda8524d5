import { describe, expect, it } from '@jest/globals';
import { objectsOf } from './kubernetes-object';
import { runbookFaults } from './runbook-faults';

const objects = objectsOf(`
kind: StatefulSet
metadata: { name: lumina-redis, labels: { app.kubernetes.io/part-of: lumina } }
spec:
  template:
    metadata: { labels: { app.kubernetes.io/component: redis } }
    spec: { containers: [{ name: redis }] }
---
kind: Service
metadata: { name: lumina-gateway }
`);

describe('the commands of a runbook', () => {
  it.each([
    'kubectl logs -l app.kubernetes.io/component=redis --tail=100',
    'kubectl get sts -l app.kubernetes.io/part-of=lumina',
    "`kubectl exec sts/lumina-redis -c redis -- sh -c 'x'`",
    'for n in 0 1; do kubectl exec lumina-redis-$n -c redis -- df; done',
    '`kubectl cp lumina-redis-0:/data ./old -c redis`',
    'kubectl port-forward svc/lumina-gateway 8080',
    'kubectl get pods -l app.kubernetes.io/name=prometheus',
    'kubectl logs -l app.kubernetes.io/component=SERVICE',
    'kubectl describe pod POD',
  ])('name what there is: %s', (text) => {
    expect(runbookFaults(text, objects)).toEqual([]);
  });

  it.each([
    ['kubectl get pods -l app.kubernetes.io/part-of=lumina', 'nothing has app.kubernetes.io/part-of=lumina'],
    ['kubectl logs -l app.kubernetes.io/name=redis', 'nothing has app.kubernetes.io/name=redis'],
    ['kubectl exec sts/lumina-store -c redis -- df', 'there is no sts/lumina-store'],
    ['kubectl exec lumina-redis-0 -c store -- df', 'there is no container store in pods of lumina-redis'],
    ['kubectl scale deployment/lumina-gateway', 'there is no deployment/lumina-gateway'],
  ])('or are told: %s', (text, fault) => {
    expect(runbookFaults(text, objects)).toContain(fault);
  });
});
