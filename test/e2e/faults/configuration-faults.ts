// What the webhook's own objects are made to suffer from: each is deleted, or filled with rubbish. Each act resolves when its fault is
// over.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeCertificates } from '../../sandbox/certificates.ts'
import { installWebhook } from '../install.ts'
import { kubectl, runKubectl } from '../kubectl.ts'
import { NAME, PLACE } from '../release.ts'
import { times } from '../short.ts'
import type { Objects } from './objects.ts'
import { patch } from './webhook.ts'

/** For whom it concerns to notice. */
const LASTS = times(5000, 1000)
const CONFIGURATION = `mutatingwebhookconfiguration/${NAME}`
const SECRET = `secret/${NAME}-certificate`
const POLICY = `configmap/${NAME}-policy`
const LEASE = `lease/${NAME}`

export async function spoilSecret({ annotate }: Objects): Promise<void> {
  await kubectl('delete', SECRET, ...PLACE)
  await Promise.all([annotate(), sleep(LASTS)])
  const rubbish = Buffer.from('rubbish').toString('base64')
  for (const keys of [['tls.crt', 'tls.key', 'ca.crt'], ['tls.key'], ['ca.crt']]) {
    await patch(SECRET, { data: Object.fromEntries(keys.map((key) => [key, rubbish])) })
    await Promise.all([annotate(), sleep(LASTS)])
  }
}

/** Another authority, as if another tool owned it; then none. */
export async function spoilCaBundle({ annotate }: Objects): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-faults-'))
  await writeCertificates(folder, {})
  const value = (await readFile(join(folder, 'ca.crt'))).toString('base64')
  await rm(folder, { recursive: true })
  const path = '/webhooks/0/clientConfig/caBundle'
  for (const change of [
    { op: 'replace', path, value },
    { op: 'remove', path }
  ]) {
    await kubectl('patch', CONFIGURATION, '--type=json', '--patch', JSON.stringify([change]))
    await Promise.all([annotate(), sleep(LASTS)])
  }
}

export async function spoilLease({ annotate }: Objects): Promise<void> {
  await kubectl('delete', LEASE, ...PLACE)
  await Promise.all([annotate(), sleep(LASTS)])
  const renewTime = '2099-01-01T00:00:00.000000Z'
  const spec = { holderIdentity: 'nobody', leaseDurationSeconds: 2 ** 31 - 1, leaseTransitions: 2 ** 31 - 1, renewTime }
  await patch(LEASE, { spec })
  await Promise.all([annotate(), sleep(2 * LASTS)])
}

/** What is in force stays in force. */
export async function spoilPolicy({ annotate }: Objects): Promise<void> {
  const policy = await kubectl('get', POLICY, ...PLACE, '--output=json')
  await patch(POLICY, { data: { 'policy.json': '{"maxPercent": "rubbish' } })
  await Promise.all([annotate(), sleep(LASTS)])
  await kubectl('delete', POLICY, ...PLACE)
  await Promise.all([annotate(), sleep(LASTS)])
  await recreate(policy)
}

/** As by a hasty clean-up; a helm upgrade restores it. */
export async function loseConfiguration({ annotate }: Objects): Promise<void> {
  await kubectl('delete', CONFIGURATION)
  await Promise.all([annotate(), sleep(4 * LASTS)])
  await installWebhook()
}

async function recreate(object: string): Promise<void> {
  const { metadata, ...rest } = JSON.parse(object) as { readonly metadata: { name: string; labels: object } }
  const { name, labels } = metadata
  const manifest = { ...rest, metadata: { name, labels } }
  await runKubectl(['apply', ...PLACE, '-f', '-'], { input: JSON.stringify(manifest) })
}
