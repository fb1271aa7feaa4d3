// kubectl's own reading of manifests: it alone decides what a text is. Needs no API server.
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
    // An empty patch. `kubectl annotate` would drop all annotations of a List's item if one of them is a number.
    const args = ['patch', '--local', '-f', join(folder, 'manifest.yaml'), '--type', 'json', '-p', '[]', '-o', 'json']
    const { code, stdout } = await tryKubectl(args)
    return code === 0
      ? (JSON.parse(`[${stdout.trim().replaceAll(/^\}\n\{/gm, '},{')}]`) as KubernetesObject[])
      : undefined
  } finally {
    await rm(folder, { recursive: true })
  }
}
