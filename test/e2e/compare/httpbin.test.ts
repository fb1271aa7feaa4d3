// compare on the tutorial's own application, both versions the same: nothing is named, neither an echo of
// x-forwarded-for nor a copy that Envoy cancelled.
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startKubectl } from '../kubectl.ts'
import { openMesh, type Mesh } from '../mesh.ts'
import { times } from '../short.ts'

const LOAD = readFileSync(new URL('httpbin.py', import.meta.url), 'utf8')
const RULE = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: httpbin}
spec:
  hosts: [httpbin]
  http:
  - route: [{destination: {host: httpbin, subset: v1}}]
    mirror: {host: httpbin, subset: v2}
`

let mesh: Mesh

beforeAll(async () => {
  mesh = await openMesh('e2e-compare-httpbin')
  await mesh.apply(RULE)
  await mesh.settle(true)
})
afterAll(() => mesh?.close())

interface Said {
  readonly cut: number
  readonly compared: number
  readonly endpoints: readonly {
    readonly endpoint: string
    readonly findings: readonly { readonly metric: string; readonly text: string }[]
    readonly size?: { readonly echo?: { readonly bytes: number } }
  }[]
}

/** Sends requests while the command runs, for this many seconds. */
async function watch(
  command: 'compare' | 'diff',
  seconds: number,
  load: readonly (string | number)[],
  args: readonly string[]
) {
  const running = startKubectl(['mirror', command, 'httpbin', '--for', `${seconds}s`, '-o', 'json', ...args], {
    env: mesh.env
  })
  await pause(command === 'diff' ? 10_000 : 4000)
  await mesh.kubectl(['exec', '-i', 'deploy/sleep', '--', 'python3', '-', ...load.map(String)], LOAD)
  const { code, stdout, stderr } = await running.ended
  const lines = stdout.trim().split('\n')
  return { code, stderr, pairs: lines.slice(0, -1), summary: JSON.parse(lines.at(-1)!) as Said }
}

function named({ endpoints }: Said): string[] {
  return endpoints.flatMap(({ endpoint, findings }) => findings.map(({ text }) => `${endpoint}: ${text}`))
}

test('an unchanged httpbin: nothing is named, in any run, and the echoes are told as such', async () => {
  for (let round = 1; round <= times(5, 1); round++) {
    const gates = ['--fail-on', 'status>0.1%,size>0B,missing>1%']
    const { code, stderr, summary } = await watch('compare', 30, [450, 22, 0], gates)
    expect(named(summary), `run ${round}`).toEqual([])
    expect(code, stderr).toBe(0)
    expect(summary.compared).toBeGreaterThan(440)
    const echoes = summary.endpoints.filter(({ size }) => size?.echo).map(({ endpoint }) => endpoint)
    expect(echoes).toContain('GET /get')
  }
})

test.each(['compare', 'diff'] as const)(
  'copies that Envoy cancels are cut off, and no difference (%s)',
  async (command) => {
    const gates = ['--fail-on', 'status>0.1%']
    const { code, stderr, pairs, summary } = await watch(command, 40, [180, 20, 20], gates)
    // One that is cancelled before it has left the caller's proxy is missing, and no record shows why.
    expect(named(summary).filter((text) => !text.includes(' copies of '))).toEqual([])
    expect(summary.cut, pairs.filter((line) => line.includes('/status/200')).join('\n')).toBeGreaterThan(0)
    expect(pairs.filter((line) => line.includes('"cut":true'))).toHaveLength(summary.cut)
    expect(code, stderr).toBe(0)
  }
)
