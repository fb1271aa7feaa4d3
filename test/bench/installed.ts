// What stands in the cluster before a webhook starts: our chart's objects, Pepr's. Starts nothing.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from '../../webhook/kubernetes/client.ts'
import { run } from '../sandbox/command.ts'
import { fetchTools } from '../sandbox/downloads.ts'
import type { Session } from '../sandbox/session.ts'
import type { BenchCluster } from './cluster.ts'

/** Of the chart: its release's and its namespace's name. */
const NAME = 'kubectl-mirror'

/** The chart as it ships, without its pods. The service account's folder as the kubelet would mount it. */
export async function installOurs(session: Session, cluster: BenchCluster, folder: string): Promise<string> {
  const { signal } = session
  const helm = join(await fetchTools(session), 'helm')
  const chart = new URL('../../charts/kubectl-mirror', import.meta.url).pathname
  const kubectl = (args: readonly string[], input = ''): Promise<string> =>
    run(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, ...args], { input, signal })
  const rendered = await run(helm, ['template', NAME, chart, '--namespace', NAME, '--no-hooks'], { signal })
  await kubectl(['create', 'namespace', NAME])
  await kubectl(['apply', '--server-side', '--filename', '-'], rendered)
  const account = join(folder, 'serviceaccount')
  await mkdir(account)
  await cp(join(cluster.serviceAccountFolder, 'ca.crt'), join(account, 'ca.crt'))
  await writeFile(join(account, 'namespace'), NAME)
  await writeFile(join(account, 'token'), await kubectl(['create', 'token', NAME, '-n', NAME, '--duration=24h']))
  return account
}

/** The arguments of the chart's Deployment; where it listens, and whose rights it has, is the caller's. */
export const OUR_ARGUMENTS = [
  'serve',
  `--secret=${NAME}-certificate`,
  `--configuration=${NAME}`,
  `--lease=${NAME}`,
  `--policy=${NAME}-policy`,
  '--drain=0s'
]

/** Node's flags in the image's command. */
export async function ourFlags(): Promise<string[]> {
  const dockerfile = await readFile(new URL('../../webhook/Dockerfile', import.meta.url), 'utf8')
  const [, command = '[]'] = /^ENTRYPOINT (.*)$/m.exec(dockerfile) ?? []
  return (JSON.parse(command) as string[]).filter((word) => word.startsWith('--'))
}

/** What `pepr deploy` and its controller's first process make: without its store the module answers nothing. */
export async function installPepr(api: Cluster): Promise<void> {
  const names = { kind: 'PeprStore', listKind: 'PeprStoreList', plural: 'peprstores', singular: 'peprstore' }
  const data = { type: 'object', additionalProperties: { type: 'string' } }
  const schema = { openAPIV3Schema: { type: 'object', properties: { data } } }
  const versions = [{ name: 'v1', served: true, storage: true, schema }]
  await api.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    body: {
      metadata: { name: 'peprstores.pepr.dev' },
      spec: { group: 'pepr.dev', scope: 'Namespaced', names, versions }
    }
  })
  await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'pepr-system' } } })
}
