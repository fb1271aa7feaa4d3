// kubectl's own reading of manifests: it alone decides what a text is. Needs no API server.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubernetesObject } from './planned.ts'
import { tryKubectl } from './run.ts'

export type Text = string | Buffer

/** Undefined: kubectl refuses it. */
export async function readByKubectl(text: Text): Promise<KubernetesObject[] | undefined> {
  return (await readEachByKubectl([text]))[0]
}

/** The same of many texts, most often in two processes. */
export async function readEachByKubectl(texts: readonly Text[]): Promise<(KubernetesObject[] | undefined)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-mirror-judge-'))
  try {
    // Files, whatever they begin with. Behind each, one that tells where its objects end.
    const files = texts.map((text, index) => ({ name: `${index}.manifest.yaml`, text }))
    for (const { name, text } of files) await writeFile(join(folder, name), text)
    for (const { name } of files) await writeFile(join(folder, endOf(name)), JSON.stringify(endMark(name)))
    const first = await readFiles(folder, files)
    const good = files.filter(({ name }) => !first.refused.has(name))
    // Whether what it then takes is taken whole: a text of which one document is bad counts as refused.
    const { code, read } = await readFiles(folder, good)
    if (code !== 0 && texts.length > 1) {
      // One that it refuses without a word of which.
      const middle = Math.ceil(texts.length / 2)
      const halves = [texts.slice(0, middle), texts.slice(middle)].map((half) => readEachByKubectl(half))
      return (await Promise.all(halves)).flat()
    }
    return files.map(({ name }) => (code === 0 ? read.get(name) : undefined))
  } finally {
    await rm(folder, { recursive: true })
  }
}

interface Reading {
  readonly code: number
  /** Those that its errors name. */
  readonly refused: ReadonlySet<string>
  /** Of those with an object in them. */
  readonly read: ReadonlyMap<string, KubernetesObject[]>
}

async function readFiles(folder: string, files: readonly { readonly name: string }[]): Promise<Reading> {
  if (files.length === 0) return { code: 0, refused: new Set(), read: new Map() }
  const typed = files.flatMap(({ name }) => ['-f', join(folder, name), '-f', join(folder, endOf(name))])
  // An empty patch. `kubectl annotate` would drop all annotations of a List's item if one of them is a number.
  const args = ['patch', '--local', ...typed, '--type', 'json', '-p', '[]', '-o', 'json']
  const { code, stdout, stderr } = await tryKubectl(args)
  const refused = new Set(files.map(({ name }) => name).filter((name) => stderr.includes(join(folder, name))))
  const read = new Map<string, KubernetesObject[]>()
  let objects: KubernetesObject[] = []
  for (const object of objectsIn(stdout)) {
    const name = endedBy(object)
    if (name === undefined) objects.push(object)
    else {
      if (objects.length > 0) read.set(name, objects)
      objects = []
    }
  }
  return { code, refused, read }
}

function objectsIn(stdout: string): KubernetesObject[] {
  return JSON.parse(`[${stdout.trim().replaceAll(/^\}\n\{/gm, '},{')}]`) as KubernetesObject[]
}

const END = 'kubectl-mirror-judge.example/end-of'

function endOf(name: string): string {
  return `${name}.end.json`
}

function endMark(name: string): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'end', annotations: { [END]: name } } }
}

function endedBy({ metadata }: KubernetesObject): string | undefined {
  return metadata?.annotations?.[END]
}
