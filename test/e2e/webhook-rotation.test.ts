// Certificates replaced again and again under load: no admission call may fail. KUBECTL_MIRROR_ROTATION_SECONDS says for how
// long; 300 is the full run.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { writeCertificates } from '../sandbox/certificates.ts'
import { startCertManager } from './cert-manager.ts'
import { installWebhook, PLACE, uninstallWebhook } from './install.ts'
import { kubectl } from './kubectl.ts'
import { times } from './short.ts'
import { failedCalls, startWrites, type WriteStream } from './webhook-writes.ts'

const SECONDS = Number(process.env['KUBECTL_MIRROR_ROTATION_SECONDS'] ?? times(75, 45))
const PER_SECOND = 30
const TIMEOUT = (SECONDS + 240) * 1000

/** Makes the namespace, too. */
beforeAll(() => installWebhook())

afterAll(async () => {
  await uninstallWebhook()
  await kubectl('delete', 'secret', 'our-certificate', '--ignore-not-found', ...PLACE)
  await installWebhook()
})

/** Writes for the time asked for, the certificate replaced meanwhile; how many different ones were seen. */
async function judge(namespace: string, secret: string, replace: (n: number) => Promise<void>): Promise<number> {
  // Nothing annotated may be left when the next webhook comes: its leader looks through it before the Service leads to it.
  onTestFinished(async () => void (await kubectl('delete', 'namespace', namespace, '--ignore-not-found')))
  const before = await failedCalls()
  const writes: WriteStream = await startWrites(namespace, PER_SECOND)
  const seen = new Set<string>()
  const end = Date.now() + SECONDS * 1000
  for (let n = 0; Date.now() < end; n++) {
    await replace(n)
    seen.add(await kubectl('get', 'secret', secret, ...PLACE, '--output=jsonpath={.data.tls\\.crt}'))
    await sleep(3000)
  }
  const { failed, unmirrored, count, perSecond } = await writes.stop()
  console.log(`${seen.size} certificates, ${count} writes, ${perSecond.toFixed(0)} a second`)
  expect({ failed, unmirrored, failedCalls: (await failedCalls()) - before }).toEqual({
    failed: [],
    unmirrored: [],
    failedCalls: 0
  })
  return seen.size
}

test('self: certificates that live for 30 s', { timeout: TIMEOUT }, async () => {
  await installWebhook('--set', 'certificates.lifetime=30s')
  const certificates = await judge('webhook-rotation-self', 'kubectl-mirror-certificate', async () => undefined)
  expect(certificates).toBeGreaterThan(Math.floor(SECONDS / 30))
})

test('provided: another certificate of the same authority in the Secret every 12 s', { timeout: TIMEOUT }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-rotation-'))
  const common = 'kubectl-mirror.kubectl-mirror.svc'
  const subject = { name: { common }, dns: [common] }
  const names = ['a', 'b', 'c', 'd']
  await writeCertificates(folder, Object.fromEntries(names.map((name) => [name, subject])))
  const put = async (name: string) => {
    const data = async (file: string) => (await readFile(join(folder, file))).toString('base64')
    const secret = { 'tls.crt': await data(`${name}.crt`), 'tls.key': await data(`${name}.key`) }
    await kubectl('patch', 'secret', 'our-certificate', ...PLACE, '--patch', JSON.stringify({ data: secret }))
  }
  await uninstallWebhook()
  await kubectl(
    'create',
    'secret',
    'tls',
    'our-certificate',
    ...PLACE,
    `--cert=${folder}/d.crt`,
    `--key=${folder}/d.key`
  )
  const provided = ['--set', 'certificates.mode=provided,certificates.provided.secretName=our-certificate']
  await installWebhook(...provided, '--set-file', `certificates.provided.caBundle=${folder}/ca.crt`)
  const certificates = await judge('webhook-rotation-provided', 'our-certificate', async (n) => {
    if (n % 4 === 0) await put(names[(n / 4) % names.length] ?? 'a')
  })
  await rm(folder, { recursive: true })
  expect(certificates).toBeGreaterThanOrEqual(Math.min(names.length, Math.floor(SECONDS / 20)))
})

// It brings definitions and controllers of its own, where a cluster may have its own already.
test(
  'cert-manager: certificates that live for 30 s',
  { skip: !inject('ownsNode'), timeout: TIMEOUT + 10 * 60_000 },
  async () => {
    const certManager = await startCertManager()
    onTestFinished(async () => {
      await uninstallWebhook()
      await certManager.stop()
      await kubectl('delete', 'secret', 'kubectl-mirror-tls', 'kubectl-mirror-ca', '--ignore-not-found', ...PLACE)
    })
    await uninstallWebhook()
    await installWebhook('--set', 'certificates.mode=certManager,certificates.lifetime=30s')
    const certificates = await judge('webhook-rotation-cert-manager', 'kubectl-mirror-tls', async () => undefined)
    expect(certificates).toBeGreaterThan(Math.floor(SECONDS / 30))
  }
)
