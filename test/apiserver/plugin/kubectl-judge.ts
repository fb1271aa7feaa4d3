// kubectl's own reading of manifests: what a text is, nobody else decides. Needs no API server.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubernetesObject } from './planned.ts'
import { tryKubectl } from './run.ts'

/** Undefined: kubectl refuses it. */
export async function readByKubectl(text: string | Buffer): Promise<KubernetesObject[] | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-judge-'))
  try {
    // A file, whatever it begins with.
    await writeFile(join(folder, 'manifest.yaml'), text)
    const args = ['annotate', '--local', '-f', join(folder, 'manifest.yaml'), 'judge=yes', '-o', 'json']
    const { code, stdout } = await tryKubectl(args)
    if (code !== 0) return undefined
    const objects = JSON.parse(`[${stdout.trim().replaceAll(/^\}\n\{/gm, '},{')}]`) as KubernetesObject[]
    return objects.map(withoutJudge)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function withoutJudge(object: KubernetesObject): KubernetesObject {
  const { judge: _, ...annotations } = object.metadata.annotations ?? {}
  const { annotations: __, ...metadata } = object.metadata
  return { ...object, metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata }
}
