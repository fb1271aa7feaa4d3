// The same files and flags on kubectl and on the plugin, and what then left the machine. Knows no case.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { folderWith, tryKubectl, mirror, mirrorProcess } from './run.ts'
import { PATH, type Wire } from './wire-stage.ts'

export interface Case {
  readonly cluster?: object
  readonly user?: object
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
}

interface Outcome {
  readonly code: number
  readonly seen: readonly string[]
  readonly stderr: string
}

/** Kubectl first, then the plugin. In texts, TLS, PLAIN, PROXY and TLSPROXY stand for ports. */
export async function both(wire: Wire, given: Case): Promise<{ kubectl: Outcome; plugin: Outcome }> {
  const { cluster, user, flags = [], env = {}, files = {} } = JSON.parse(withPorts(wire, JSON.stringify(given))) as Case
  const config = {
    'current-context': 'c',
    clusters: [
      {
        name: 'k',
        cluster: { server: `https://127.0.0.1:${wire.tls}`, 'certificate-authority': 'root.crt', ...cluster }
      }
    ],
    users: [{ name: 'u', user: user ?? { token: 'secret' } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', namespace: 'shop' } }]
  }
  const { root, intermediate, leaf, key } = wire.chain
  const folder = await folderWith({
    config: JSON.stringify(config),
    'root.crt': root,
    'intermediate.crt': intermediate,
    'damaged.crt': `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${root}`,
    'leaf.crt': leaf,
    'leaf.key': key,
    ...files
  })
  const options = { cwd: folder, env: { KUBECONFIG: join(folder, 'config'), ...env } }
  const outcome = (code: number, stderr: string): Outcome => ({
    code,
    seen: wire.take(),
    stderr: stderr
      .replaceAll(folder, 'FOLDER')
      .replace('httpbin: not mirrored.\n', '')
      .replace(/ on \S+:53:/, ':')
  })
  const theirs = await tryKubectl(['get', '--raw', PATH, ...flags], options)
  const first = outcome(theirs.code, theirs.stderr)
  // A credential plugin writes to its process's stderr, and names of files are of its folder.
  const isInFolder = 'exec' in (user ?? {}) || [...flags, ...Object.values(env)].some((one) => /\.(crt|key)$/.test(one))
  const plugin = isInFolder ? mirrorProcess : mirror
  const ours = await plugin(['status', 'virtualservice/httpbin', ...flags], options)
  const second = outcome(ours.code, ours.stderr)
  await rm(folder, { recursive: true })
  return { kubectl: first, plugin: second }
}

function withPorts(wire: Wire, text: string): string {
  const ports = { TLSPROXY: wire.tlsProxy, TLS: wire.tls, PLAIN: wire.plain, PROXY: wire.proxy }
  return Object.entries(ports).reduce((all, [name, port]) => all.replaceAll(`:${name}`, `:${port}`), text)
}

/** Where the words are ours, only what is done is the same; the last column has a part of them. */
export type Row = readonly [what: string, given: Case, ours?: string]

/** What the plugin should do: what kubectl did, with kubectl's words or a part of its own. */
export function wanted(kubectls: Outcome, ours: string | undefined): unknown {
  return ours === undefined ? kubectls : { ...kubectls, stderr: expect.stringContaining(ours) as unknown }
}
