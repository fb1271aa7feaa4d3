import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { goMod, programKey } from '../../sandbox/build.ts'
import { CLUSTER_PROGRAMS, GO_PROGRAMS } from '../../sandbox/programs.ts'

test('a cached program is found again by its version', () => {
  expect(programKey('etcd')).toBe(`etcd-${GO_PROGRAMS.etcd.version}`)
})

test('a cluster needs its own nine programs, and no peer', () => {
  expect(CLUSTER_PROGRAMS).toHaveLength(9)
  expect(CLUSTER_PROGRAMS).not.toContain('stern')
})

test('every staging module of Kubernetes is replaced by its published twin of the same release', () => {
  const lines = goMod(GO_PROGRAMS.kubelet.build).split('\n')
  const [, minor, patch] = /^require k8s\.io\/kubernetes v1\.(\d+)\.(\d+)$/m.exec(lines.join('\n')) ?? []
  const replaced = lines.filter((line) => line.startsWith('replace '))
  expect(replaced).toContain(`replace k8s.io/client-go => k8s.io/client-go v0.${minor}.${patch}`)
  expect(replaced.filter((line) => !line.endsWith(` v0.${minor}.${patch}`))).toEqual([])
})

test('programs of one module ask for that module alone', () => {
  const { build, version } = GO_PROGRAMS['pilot-agent']
  expect(goMod(build)).toBe(`module sandbox\n\ngo 1.24.0\n\nrequire istio.io/istio ${version}\n`)
})

test("the conformance suite is built with Istio's versions, so that little of it is compiled anew", () => {
  const { build } = GO_PROGRAMS['gateway-conformance']
  expect(build.requires).toMatchObject(GO_PROGRAMS['pilot-agent'].build.requires)
  expect(build.tags).toBe(GO_PROGRAMS['pilot-agent'].build.tags)
})

test('CoreDNS is built with every plugin that its configuration names', () => {
  const yaml = readFileSync(new URL('../../sandbox/coredns.yaml', import.meta.url), 'utf8')
  const corefile = /Corefile: \|\n([^]*?)\n---/.exec(yaml)?.[1] ?? ''
  const named = [...corefile.matchAll(/^ {6}([a-z]+)/gm)].map(([, name]) => name)
  const built = [...GO_PROGRAMS.coredns.sources['main.go'].matchAll(/coredns\/plugin\/(\w+)"/g)].map(([, name]) => name)
  expect(named.length).toBeGreaterThan(3)
  expect(new Set(built)).toEqual(new Set(named))
})
