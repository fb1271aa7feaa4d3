// kubectl's own reading of manifests: what a text is, nobody else decides. Needs no API server.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { edit } from '../../mirror/edit.ts'
import type { VirtualService } from '../../mirror/virtual-service.ts'
import { kubectl } from './plugin-run.ts'

export interface KubernetesObject {
  readonly kind: string
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
}

/** Undefined: kubectl refuses it. */
export async function readByKubectl(text: string | Buffer): Promise<KubernetesObject[] | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-judge-'))
  try {
    // A file, whatever it begins with.
    await writeFile(join(folder, 'manifest.yaml'), text)
    const args = ['annotate', '--local', '-f', join(folder, 'manifest.yaml'), 'judge=yes', '-o', 'json']
    const { code, stdout } = await kubectl(args)
    if (code !== 0) return undefined
    const objects = JSON.parse(`[${stdout.trim().replaceAll(/^\}\n\{/gm, '},{')}]`) as KubernetesObject[]
    return objects.map(withoutJudge)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What kubectl must read from the rendering of what it reads as `objects`; undefined: a refusal. */
export function planned(objects: readonly KubernetesObject[], now: Date): unknown[] | undefined {
  const edits = objects.map((object) => {
    const isOurs = object.kind === 'VirtualService'
    return isOurs ? edit(withoutNulls(object) as VirtualService, now) : { result: object, problems: [] }
  })
  if (edits.some(({ problems }) => problems.length > 0)) return undefined
  return edits.map(({ result }) => withoutNulls(result))
}

/** Fields with nothing behind them are absent to the API server. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, field]) => field !== null)
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutNulls(field)]))
}

function withoutJudge(object: KubernetesObject): KubernetesObject {
  const { judge: _, ...annotations } = object.metadata.annotations ?? {}
  const { annotations: __, ...metadata } = object.metadata
  return { ...object, metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata }
}
