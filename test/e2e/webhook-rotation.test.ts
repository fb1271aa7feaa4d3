// Certificates replaced again and again under load: no admission call may fail. KUBECTL_MIRROR_ROTATION_SECONDS says for how
// long at least; 300 is the full run.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { writeCertificates } from '../sandbox/certificates.ts'
import { startCertManager } from './cert-manager.ts'
import { installWebhook, uninstallWebhook } from './install.ts'
import { kubectl } from './kubectl.ts'
import { PLACE } from './release.ts'
import { times } from './short.ts'
import { FLAWLESS, flawsOf, startWrites, type Flaws, type WriteStream } from './webhook-writes.ts'

const SECONDS = Number(process.env['KUBECTL_MIRROR_ROTATION_SECONDS'] ?? times(75, 10))
const PER_SECOND = 30
const TIMEOUT = (SECONDS + 240) * 1000
/** Certificates that live for 30 s, in that time: at least one is replaced. */
const SHORT_LIVED = Math.max(2, Math.ceil(SECONDS / 30))
/** Looks, of three seconds, for each that is put. */
const EVERY = times(4, 2)

/** Makes the namespace, too. */
beforeAll(() => installWebhook())

afterAll(async () => {
  await uninstallWebhook()
  await kubectl('delete', 'secret', 'our-certificate', '--ignore-not-found', ...PLACE)
  await installWebhook()
})

/** What is wrong with writes for the time asked for, and until that many different certificates were seen. */
async function judge(
  namespace: string,
  secret: string,
  certificates: number,
  replace: (n: number) => Promise<void> = async () => {}
): Promise<Flaws> {
  // Nothing annotated may be left when the next webhook comes: its leader looks through it before the Service leads to it.
  onTestFinished(async () => void (await kubectl('delete', 'namespace', namespace, '--ignore-not-found')))
  const writes: WriteStream = await startWrites(namespace, PER_SECOND)
  const seen = new Set<string>()
  const end = Date.now() + SECONDS * 1000
  for (let n = 0; Date.now() < end || seen.size < certificates; n++) {
    await replace(n)
    seen.add(await kubectl('get', 'secret', secret, ...PLACE, '--output=jsonpath={.data.tls\\.crt}'))
    await sleep(3000)
  }
  const written = await writes.stop()
  console.log(`${seen.size} certificates, ${written.count} writes, ${written.perSecond.toFixed(0)} a second`)
  return flawsOf(written)
}

test('self: certificates that live for 30 s', { timeout: TIMEOUT }, async () => {
  await installWebhook('--set', 'certificates.lifetime=30s')
  expect(await judge('webhook-rotation-self', 'kubectl-mirror-certificate', SHORT_LIVED)).toEqual(FLAWLESS)
})

test(
  'provided: another certificate of the same authority in the Secret again and again',
  { timeout: TIMEOUT },
  async () => {
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
    const flaws = await judge('webhook-rotation-provided', 'our-certificate', names.length, async (n) => {
      if (n % EVERY === 0) await put(names[(n / EVERY) % names.length] ?? 'a')
    })
    await rm(folder, { recursive: true })
    expect(flaws).toEqual(FLAWLESS)
  }
)

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
    expect(await judge('webhook-rotation-cert-manager', 'kubectl-mirror-tls', SHORT_LIVED)).toEqual(FLAWLESS)
  }
)
