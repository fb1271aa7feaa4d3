// An application in two versions behind a mirroring VirtualService, as manifests: it only writes log lines.
const VERSIONS = ['v1', 'v2'] as const

/** `program` is Python, and so has the image; without sidecars, which would only take the machine's time. */
export function application(name: string, program: string, image: string): string {
  const mesh = [
    { apiVersion: 'v1', kind: 'Service', spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }] } },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      spec: { host: name, subsets: VERSIONS.map((version) => ({ name: version, labels: { version } })) }
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      spec: {
        hosts: [name],
        http: [{ route: [{ destination: { host: name, subset: 'v1' } }], mirror: { host: name, subset: 'v2' } }]
      }
    }
  ].map((object) => ({ ...object, metadata: { name } }))
  const deployments = VERSIONS.map((version) => deployment(name, version, program, image))
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...mesh, ...deployments] })
}

function deployment(name: string, version: string, program: string, image: string): object {
  const labels = { app: name, version }
  const container = { name: 'app', image, command: ['python3', '-c', program] }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${name}-${version}` },
    spec: {
      replicas: 1, // said, or one that was scaled to none stays so
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'sidecar.istio.io/inject': 'false' } },
        spec: { containers: [container], terminationGracePeriodSeconds: 10 }
      }
    }
  }
}
