// npm run pictures: runs the commands of the README's pictures on a sandbox cluster, and keeps what they printed. The SVGs are
// drawn from that by `npm run generate`; the report's picture is taken of the page in a real browser.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { sandboxGround } from '../test/demo/ground.ts'
import { ROUTES } from '../test/demo/story.ts'
import { installChromium } from '../test/sandbox/chromium.ts'
import { run } from '../test/sandbox/command.ts'
import { interruption } from '../test/sandbox/interruption.ts'
import { placeOf } from '../test/sandbox/place.ts'
import { Progress } from '../test/sandbox/progress.ts'

const ROOT = join(import.meta.dirname, '..')
const PICTURES = join(ROOT, 'docs/pictures')
const NAMESPACE = 'mirror-demo'
const CURL = 'kubectl exec deploy/sleep -- curl -sS -o /dev/null'
/** In the picture of compare, v2 is a version that is not ready yet: one endpoint fails now and then, another is slow. */
const FAULTY = `
import random, time
from httpbin import app as httpbin

def app(environ, start_response):
    if environ['PATH_INFO'] == '/uuid' and random.random() < 0.12:
        start_response('500 Internal Server Error', [('content-length', '0')])
        return [b'']
    if environ['PATH_INFO'] == '/json':
        time.sleep(0.03)
    return httpbin(environ, start_response)
`

const session = { place: placeOf(process.env), progress: new Progress(process.stderr), signal: interruption() }
const scratch = mkdtempSync(join(tmpdir(), 'kubectl-mirror-pictures-'))
await run(process.execPath, [join(ROOT, 'scripts/build.ts')], { cwd: ROOT, signal: session.signal })
const ground = await sandboxGround(session, scratch, ROUTES.istio)
const env = { ...ground.env, CLICOLOR_FORCE: '1', COLUMNS: '110' }
try {
  await setUp()
  keep('enable', await type('kubectl mirror enable httpbin --to v2 --method GET --for 30m', 'kubectl mirror status'))
  await settle()
  keep('logs', await logs())
  const report = join(scratch, 'report.html')
  await replaceMirror()
  const load = sendSteadily(['get', 'json', 'uuid'], 35)
  keep('compare', await type(`kubectl mirror compare httpbin --for 20s --access-logs --html ${report}`))
  await load
  await photograph(report)
  keep('disable', await type('kubectl mirror disable httpbin'))
} finally {
  await ground.leave()
  rmSync(scratch, { recursive: true })
}
await run(process.execPath, [join(ROOT, 'scripts/generate.ts')], { cwd: ROOT })

/** As in the tutorial; v2 has limits, as it should have wherever it gets copies. */
async function setUp(): Promise<void> {
  if (ground.chartFlags !== undefined) {
    await shell(
      `helm install kubectl-mirror charts/kubectl-mirror -n kubectl-mirror --create-namespace --wait ${ground.chartFlags}`
    )
  }
  await shell(`kubectl create namespace ${NAMESPACE} && kubectl label namespace ${NAMESPACE} istio-injection=enabled`)
  await shell(`kubectl apply -k ${ground.manifests}`)
  const trafficPolicy = {
    connectionPool: { tcp: { maxConnections: 64 }, http: { http2MaxRequests: 64, http1MaxPendingRequests: 64 } }
  }
  const limits = [{ op: 'add', path: '/spec/subsets/1/trafficPolicy', value: trafficPolicy }]
  await shell(`kubectl patch destinationrule httpbin --type json --patch ${quoted(JSON.stringify(limits))}`)
  for (const name of ['httpbin-v1', 'httpbin-v2', 'sleep']) await shell(`kubectl rollout status deploy/${name}`)
}

async function replaceMirror(): Promise<void> {
  await shell(`kubectl create configmap faulty --from-literal=faulty.py=${quoted(FAULTY)}`)
  // Threads, or whatever comes after a slow response would wait for it.
  const own = ['--threads', '8', '--pythonpath', '/faulty', 'faulty:app']
  const command = ['gunicorn', '--access-logfile', '-', '-b', '0.0.0.0:80', ...own]
  const container = { name: 'httpbin', command, volumeMounts: [{ name: 'faulty', mountPath: '/faulty' }] }
  const volumes = [{ name: 'faulty', configMap: { name: 'faulty' } }]
  const patch = JSON.stringify({ spec: { template: { spec: { containers: [container], volumes } } } })
  const before = (await shell('kubectl get pod -l app=httpbin,version=v2 -o name')).trim()
  await shell(`kubectl patch deploy httpbin-v2 --patch ${quoted(patch)} && kubectl rollout status deploy/httpbin-v2`)
  await shell(`kubectl wait --for=delete ${before} --timeout=120s`)
}

/** One after the other, some forty a second: so few that neither version has a queue. */
async function sendSteadily(paths: readonly string[], seconds: number): Promise<void> {
  const urls = paths.map((path) => `-o /dev/null "http://httpbin:8000/${path}?$i"`).join(' ')
  const loop = `i=0; while true; do i=$((i+1)); curl -sS ${urls}; sleep 0.04; done`
  await shell(`kubectl exec deploy/sleep -- timeout ${seconds} sh -c ${quoted(loop)} || true`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** Until a sidecar copies: it learns of a change within a second or two. */
async function settle(): Promise<void> {
  const copied = `kubectl logs deploy/httpbin-v2 -c httpbin | grep -q settle`
  await shell(`until ${copied}; do ${CURL} http://httpbin:8000/get?settle; sleep 0.5; done`)
}

async function logs(): Promise<string> {
  const command = 'kubectl mirror logs httpbin'
  const printed = shell(`timeout --signal=INT 6 ${command} --tail=0 --color=always || true`)
  for (const path of ['get?item=1', 'status/404', 'get?item=2'])
    await shell(`sleep 1; ${CURL} 'http://httpbin:8000/${path}'`)
  return `$ ${command}\n${await printed}`
}

async function type(...commands: readonly string[]): Promise<string> {
  let transcript = ''
  for (const command of commands) {
    transcript += `$ ${command}\n${await shell(`${command} 2>&1`)}\n`
  }
  return transcript.replaceAll(`${scratch}/`, '')
}

async function shell(line: string): Promise<string> {
  const child = spawn('bash', ['-c', line], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`exit code ${code} of: ${line}\n${printed}`)
  return printed
}

async function photograph(report: string): Promise<void> {
  const browser = await chromium.launch(await installChromium(session))
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
  await page.goto(pathToFileURL(report).href)
  await page.screenshot({ path: join(PICTURES, 'report.png') })
  await browser.close()
}

function keep(name: string, transcript: string): void {
  writeFileSync(join(PICTURES, `${name}.txt`), transcript)
}
