// The commands of the README's "Try it", typed as they stand there, where its first lines have led: a cluster with the tutorial.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMesh, type Mesh } from './mesh.ts'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'kubectl-mirror-readme-'))
let mesh: Mesh

beforeAll(async () => {
  mesh = await openMesh('readme')
})

afterAll(async () => {
  await mesh.close()
  rmSync(folder, { recursive: true })
})

test('a newcomer gets from the README to a compared mirror by copy and paste', { timeout: 180_000 }, async () => {
  const [, commands = ''] = /readme\.test\.ts\. -->\s+```sh\n([^]*?)```/.exec(README) ?? []
  expect(commands).toContain('kubectl mirror compare')
  const { code, output } = await paste(commands)
  expect(code, output).toBe(0)
  expect(output).toContain('httpbin mirrored (v1 -> v2, 100%)')
  expect(output).toMatch(/GET \/get +\d+ +(99|100)/)
  expect(output).toContain('no longer mirrored')
  expect(statSync(join(folder, 'report.html')).size).toBeGreaterThan(10_000)
})

async function paste(commands: string): Promise<{ code: number; output: string }> {
  const child = spawn('bash', ['-c', `set -e\n${commands}\nwait`], {
    cwd: folder,
    env: mesh.env,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}
