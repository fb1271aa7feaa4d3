// From an earlier version's chart and image to these and back, under writes and live requests. There is no release yet: the
// earlier version is the last commit before HTTPRoutes were mirrored.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { imageFlags } from '../existing-cluster.ts'
import { buildForSandbox } from '../sandbox/import.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import { NODE_IMAGE } from '../sandbox/recipes.ts'
import { openMirrored } from './diff/mirrored.ts'
import { PATHS, type Answers } from './diff/answers.ts'
import { onlyReplicas, uninstallWebhook } from './install.ts'
import { helm } from './kubectl.ts'
import { CHART, installation, NAME, PLACE } from './release.ts'
import { times } from './short.ts'
import { FLAWLESS, flawsOf, startWrites } from './webhook-writes.ts'

const EARLIER = 'd9795d22f233'
const IMAGE = { repository: 'localhost/kubectl-mirror-earlier', tag: EARLIER }
const ROOT = join(import.meta.dirname, '../..')

/** Builds an image and rolls five times: only in the long form, and where the node is ours. */
describe.skipIf(times(0, 1) === 1 || !inject('ownsNode'))('upgrade, in the long form', () => {
  let folder: string
  let answers: Answers

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'upgrade-'))
    const archive = execFileSync('git', ['archive', EARLIER], { cwd: ROOT, maxBuffer: 2 ** 30 })
    execFileSync('tar', ['--extract', '--directory', folder], { input: archive })
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    execFileSync(process.execPath, ['scripts/build.ts', 'webhook'], { cwd: folder })
    const session = {
      place: placeOf(process.env),
      progress: new Progress(process.stderr),
      signal: AbortSignal.timeout(1e9)
    }
    const dockerfile = join(folder, 'webhook/Dockerfile')
    const tag = `${IMAGE.repository}:${IMAGE.tag}`
    await buildForSandbox({ context: folder, dockerfile, tag, buildArgs: { BASE_IMAGE: NODE_IMAGE } }, session)
    await uninstallWebhook()
    const ours = installation(IMAGE)
    await helm(...ours.map((word) => (word === CHART ? join(folder, 'charts/kubectl-mirror') : word)))
    answers = await openMirrored('e2e-upgrade')
  }, 10 * 60_000)
  afterAll(async () => {
    await answers?.close()
    rmSync(folder, { recursive: true, force: true })
    await helm(...installation(inject('images').webhook))
  })

  const wait = ['--wait', '--timeout', '3m']
  test.for([
    ['to this version', ['upgrade', NAME, CHART, ...PLACE, ...imageFlags(inject('images').webhook), ...wait]],
    ['back, by helm rollback', ['rollback', NAME, '1', ...PLACE, ...wait]],
    [
      'to this version again, with the values that are there',
      ['upgrade', NAME, CHART, ...PLACE, '--reuse-values', ...imageFlags(inject('images').webhook), ...wait]
    ]
  ] as const)('%s: no live request and no write fails, and each mirror stays', async ([, change]) => {
    const route = await routeOf(answers)
    const loading = answers.load(50, 60, PATHS)
    const writes = await startWrites('webhook-upgrade', 20)
    await sleep(5000)
    const started = Date.now()
    await helm(...change)
    await onlyReplicas(2)
    const took = Date.now() - started
    const written = await writes.stop()
    const { sent, errors, p50, p99 } = await loading
    const p99Write = written.latencies[Math.floor(written.latencies.length * 0.99)] ?? 0
    console.log(
      `${change[0]}: ${(took / 1000).toFixed(0)} s; live ${sent} sent, ${errors} failed, p50 ${p50} ms, p99 ${p99} ms; ` +
        `writes ${written.count}, ${written.failed.length} failed, ${written.unmirrored.length} without their mirror, p99 ${p99Write.toFixed(0)} ms`
    )
    expect(errors).toBe(0)
    expect(flawsOf(written)).toEqual(FLAWLESS)
    expect(await routeOf(answers)).toEqual(route)
  })
})

/** Its rules, primary and mirror, and the annotation that asks for it. */
async function routeOf(answers: Answers): Promise<unknown> {
  const text = await answers.kubectl(['get', 'virtualservice', 'answers', '-o', 'json'])
  const { metadata, spec } = JSON.parse(text) as {
    readonly metadata: { readonly annotations: Readonly<Record<string, string>> }
    readonly spec: object
  }
  expect(JSON.stringify(spec)).toContain('"mirror')
  return { to: metadata.annotations['kubectl-mirror.dev/to'], spec }
}
