// Each example of values in ci/: linted, what it makes right to the value, and accepted whole by a real API server.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certManagerDefinitions, prometheusDefinitions } from '../../webhook-definitions.ts'
import { CHART, find, helm, podsOf, read, template, type Release, type Rendered } from './chart.ts'
import { kubectl } from '../own-server.ts'

let folder: string
const definitions = () => join(folder, 'definitions.yaml')
/** Pod security standard, enforced and warned of, so that workloads are judged, too. */
const NAMESPACES = { restricted: 'restricted', '12345': 'restricted', privileged: 'privileged' }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-chart-'))
  const others = await Promise.all([prometheusDefinitions(), certManagerDefinitions()])
  await writeFile(definitions(), others.join('\n---\n'))
  await kubectl(['apply', '--server-side', '-f', definitions()])
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', definitions()])
  for (const [name, level] of Object.entries(NAMESPACES)) {
    const labels = Object.fromEntries(['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, level]))
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
    await kubectl(['apply', '-f', '-'], JSON.stringify(namespace))
  }
})
afterAll(async () => {
  await kubectl(['delete', '--wait=false', '-f', definitions()])
  await rm(folder, { recursive: true })
})

const EVERY_POD = {
  'app.kubernetes.io/instance': 'kubectl-mirror',
  'app.kubernetes.io/version': '1.1',
  'sidecar.istio.io/inject': 'false',
  'istio.io/dataplane-mode': 'none',
  team: '123',
  critical: 'true'
}

interface Example {
  readonly release?: Release
  readonly check: (rendered: readonly Rendered[]) => void
}

const EXAMPLES: Readonly<Record<string, Example>> = {
  default: {
    check(rendered) {
      expect(find(rendered, 'Deployment')).toMatchObject({ spec: { replicas: 2 } })
      expect(find(rendered, 'PodDisruptionBudget')).toMatchObject({ spec: { maxUnavailable: 1 } })
      expect(rendered.map(({ kind }) => kind)).not.toContain('Job')
    }
  },
  ha: {
    check(rendered) {
      expect(find(rendered, 'Deployment')).toMatchObject({ spec: { replicas: 3 } })
      for (const kind of ['ServiceMonitor', 'PrometheusRule'])
        expect(find(rendered, kind)?.metadata.labels).toMatchObject({ release: 'prometheus' })
      const gates = rendered.filter(({ metadata }) => metadata.name === 'kubectl-mirror-gate')
      expect(gates.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`)).toEqual(
        // helm sorts by kind.
        ['ServiceAccount', 'Role', 'RoleBinding'].flatMap((kind) =>
          ['restricted', '12345'].map((namespace) => `${kind} ${namespace}`)
        )
      )
    }
  },
  'cert-manager': {
    check(rendered) {
      expect(find(rendered, 'Certificate')).toMatchObject({
        spec: {
          duration: '2160h',
          dnsNames: ['kubectl-mirror.restricted.svc'],
          issuerRef: { name: 'kubectl-mirror-ca' }
        }
      })
    }
  },
  provided: {
    check(rendered) {
      const [webhook] = find(rendered, 'MutatingWebhookConfiguration')!['webhooks'] as [
        { readonly clientConfig: { readonly caBundle: string }; readonly objectSelector: unknown }
      ]
      expect(Buffer.from(webhook.clientConfig.caBundle, 'base64').toString()).toMatch(
        /^-----BEGIN CERTIFICATE-----\nMIIB/
      )
      expect(webhook.objectSelector).toEqual({ matchLabels: { mirroring: 'true' } })
      expect(podsOf(rendered)['Pod']?.spec).toMatchObject({
        containers: [{ args: ['test', '--labels=mirroring=true'] }]
      })
    }
  },
  'host-network': {
    release: { namespace: 'privileged' },
    check(rendered) {
      expect(find(rendered, 'Deployment')).toMatchObject({
        spec: { strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } }
      })
      expect(podsOf(rendered)['Deployment']?.spec).toMatchObject({
        hostNetwork: true,
        dnsPolicy: 'ClusterFirstWithHostNet',
        containers: [
          {
            args: expect.arrayContaining(['--port=10260', '--operations-port=10261']) as unknown,
            ports: [{ containerPort: 10_260 }, { containerPort: 10_261 }]
          }
        ]
      })
      // It calls the API server alone, which any pod can.
      expect(podsOf(rendered)['Pod']?.spec).not.toHaveProperty('hostNetwork')
    }
  },
  'gke-private': {
    check(rendered) {
      expect(podsOf(rendered)['Deployment']?.spec).toMatchObject({
        containers: [
          {
            args: expect.arrayContaining(['--port=10250']) as unknown,
            ports: [{ name: 'admission', containerPort: 10_250 }, { containerPort: 8080 }]
          }
        ]
      })
      expect(find(rendered, 'Service')).toMatchObject({
        spec: {
          ports: [
            { port: 443, targetPort: 'admission' },
            { port: 8080, targetPort: 'operations' }
          ]
        }
      })
    }
  },
  openshift: {
    check(rendered) {
      for (const kind of ['Deployment', 'Job', 'Pod'])
        expect(podsOf(rendered)[kind]?.spec['securityContext'], kind).toEqual({
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' }
        })
    }
  },
  'every-pod': {
    check(rendered) {
      const names = { Deployment: 'kubectl-mirror', Job: 'kubectl-mirror-cleanup', Pod: 'kubectl-mirror-test' }
      expect(find(rendered, 'NetworkPolicy')).toMatchObject({
        spec: {
          podSelector: {
            matchLabels: { 'app.kubernetes.io/instance': 'kubectl-mirror' },
            matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: Object.values(names) }]
          },
          egress: [{ ports: [{ port: 6443 }] }]
        }
      })
      for (const [kind, name] of Object.entries(names)) {
        const pod = podsOf(rendered)[kind]
        expect(pod?.metadata.labels, kind).toMatchObject({ ...EVERY_POD, 'app.kubernetes.io/name': name })
        expect(pod?.metadata.annotations, kind).toMatchObject({ owner: 'platform', paged: 'true' })
        expect(pod?.spec, kind).toMatchObject({
          imagePullSecrets: [{ name: '123' }],
          priorityClassName: 'system-cluster-critical',
          nodeSelector: { infra: 'true' },
          tolerations: [{ key: 'infra', value: 'true' }],
          containers: [{ image: 'registry.example/kubectl-mirror:1e3' }]
        })
      }
      expect(find(rendered, 'ServiceAccount')?.metadata.annotations).toEqual({ billed: 'true' })
    }
  },
  aks: {
    check(rendered) {
      expect(find(rendered, 'MutatingWebhookConfiguration')).toMatchObject({
        metadata: {
          annotations: {
            'admissions.enforcer/disabled': 'true',
            'cert-manager.io/inject-ca-from': 'restricted/kubectl-mirror'
          }
        },
        webhooks: [
          { namespaceSelector: { matchLabels: { mirroring: 'true' }, matchExpressions: [{ operator: 'NotIn' }] } }
        ]
      })
    }
  },
  'long-names': {
    release: { name: '123', namespace: 'restricted' },
    check(rendered) {
      const name = 'mirror-123-a-name-of-many-words-that-tells-of-team'
      expect(find(rendered, 'Service', name)).toMatchObject({
        metadata: { namespace: '12345', labels: { 'app.kubernetes.io/instance': '123' } },
        spec: { selector: { 'app.kubernetes.io/name': 'a-name-of-many-words-that-tells-of-teams-clusters' } }
      })
      // Helm's records are where the release is.
      expect(find(rendered, 'Role', `${name}-cleanup`)?.metadata.namespace).toBe('restricted')
      expect(podsOf(rendered)['Job']?.spec).toMatchObject({
        containers: [{ args: expect.arrayContaining(['--namespace=restricted', `--configuration=${name}`]) as unknown }]
      })
    }
  },
  'dual-stack': {
    check(rendered) {
      expect(find(rendered, 'Service')).toMatchObject({ spec: { ipFamilyPolicy: 'PreferDualStack' } })
    }
  }
}

test.for(Object.entries(EXAMPLES))(
  'ci/%s-values.yaml: linted, right, and accepted by the API server without a warning',
  async ([name, { release = {}, check }]) => {
    const values = ['--values', join(CHART, 'ci', `${name}-values.yaml`)]
    expect(await helm('lint', '--strict', CHART, ...values)).toContain('0 chart(s) failed')
    const manifests = await template({ namespace: 'restricted', ...release }, ...values)
    const rendered = read(manifests)
    check(rendered)
    const dryRun = ['apply', '--server-side', '--dry-run=server', '--warnings-as-errors', '-f', '-']
    const accepted = await kubectl(dryRun, manifests)
    expect(accepted.trim().split('\n')).toHaveLength(rendered.length)
  }
)

test('there is no example without its test', async () => {
  const files = Object.keys(EXAMPLES).map((name) => `${name}-values.yaml`)
  expect((await readdir(join(CHART, 'ci'))).toSorted()).toEqual(files.toSorted())
})

test('what a namespace deleted by hand leaves behind is found by the labels that docs/webhook.md names', async () => {
  const flags = ['--set', 'cleanupOnUninstall=true', '--values', join(CHART, 'ci/ha-values.yaml')]
  const left = read(await template({}, ...flags)).filter(({ metadata }) => metadata.namespace === undefined)
  const kinds = new Set(left.map(({ kind }) => kind))
  expect(kinds).toEqual(new Set(['MutatingWebhookConfiguration', 'ClusterRole', 'ClusterRoleBinding']))
  const labels = { 'app.kubernetes.io/name': 'kubectl-mirror', 'app.kubernetes.io/instance': 'kubectl-mirror' }
  for (const { metadata } of left) expect(metadata.labels, metadata.name).toMatchObject(labels)
})
