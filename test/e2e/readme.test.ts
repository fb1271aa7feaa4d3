// The commands of the README's "Try it" and of the page on the Gateway API, typed as they stand there, where the lines before them
// have led: a cluster with the tutorial.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMesh, type Mesh } from './mesh.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'kubectl-mirror-readme-'))
let mesh: Mesh
let gatewayApi: Mesh

beforeAll(async () => {
  ;[mesh, gatewayApi] = await Promise.all([
    openMesh('readme'),
    openMesh('readme-gateway-api', join(ROOT, 'examples/httpbin-gateway-api'))
  ])
})

afterAll(async () => {
  await Promise.all([mesh?.close(), gatewayApi?.close()])
  rmSync(folder, { recursive: true })
})

test('a newcomer gets from the README to a compared mirror by copy and paste', { timeout: 180_000 }, async () => {
  const [commands = ''] = blocks('README.md')
  expect(commands).toContain('kubectl mirror compare')
  const { code, output } = await paste(commands, folder, mesh)
  expect(code, output).toBe(0)
  expect(output).toContain('httpbin mirrored (v1 -> v2, 100%)')
  expect(output).toMatch(/GET \/get +\d+ +(99|100)/)
  expect(output).toContain('no longer mirrored')
  expect(statSync(join(folder, 'report.html')).size).toBeGreaterThan(10_000)
})

test('and from the page on the Gateway API, in the mesh and behind a Gateway', { timeout: 240_000 }, async () => {
  const [inMesh = '', behindGateway = ''] = blocks('docs/gateway-api.md')
  const first = await paste(inMesh, folder, gatewayApi)
  expect(first.code, first.output).toBe(0)
  expect(first.output).toContain('httpbin mirrored (httpbin-v1:80 -> httpbin-v2:80, 100%)')
  expect(first.output).toMatch(/GET \/get +\d+ +(99|100)/)
  expect(first.output).toMatch(
    /httpbin-v1.*GET \/get[^]*httpbin-v2.*GET \/get|httpbin-v2.*GET \/get[^]*httpbin-v1.*GET \/get/
  )
  expect(first.output).toContain('no longer mirrored')

  const second = await paste(behindGateway, ROOT, gatewayApi)
  expect(second.code, second.output).toBe(0)
  expect(second.output).toContain('httpbin mirrored (httpbin-v1:80 -> httpbin-v2:80, 50%)')
  expect(second.output).toContain('"url"')
})

/** Those of a page that say that this test runs them. */
function blocks(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  return Array.from(text.matchAll(/readme\.test\.ts[^>]*-->\s+```sh\n([^]*?)```/g), ([, commands = '']) => commands)
}

async function paste(commands: string, cwd: string, { env }: Mesh): Promise<{ code: number; output: string }> {
  const child = spawn('bash', ['-c', `set -e\n${commands}\nwait`], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}
