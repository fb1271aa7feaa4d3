// VirtualServices that others wrote: those of Istio's own samples, tests and analyzers, out of its Go module.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { VirtualService } from '../mirror/virtual-service.ts'
import { ISTIO } from './sandbox/versions.ts'

export interface Corpus {
  readonly found: readonly { readonly source: string; readonly text: string; readonly object: VirtualService }[]
  /** Files that are templates of something, not YAML. */
  readonly templates: readonly string[]
}

export function loadCorpus(): Corpus {
  const folder = moduleFolder()
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.ya?ml$/.test(file))
  const found: Corpus['found'][number][] = []
  const templates: string[] = []
  for (const file of files.toSorted()) {
    const text = readFileSync(join(folder, file), 'utf8')
    if (!/^kind: VirtualService$/m.test(text)) continue
    const documents = parseAllDocuments(text)
    if (!('length' in documents) || text.includes('{{') || documents.some(({ errors }) => errors.length > 0)) {
      templates.push(relative(folder, join(folder, file)))
      continue
    }
    for (const [index, document] of documents.entries()) {
      const object = document.toJS() as VirtualService | null
      // As it was typed, without its separator.
      const typed = text.slice(document.range[0], document.range[2]).replace(/^---.*\n/m, '')
      if (object?.kind === 'VirtualService') found.push({ source: `${file}#${index}`, text: typed, object })
    }
  }
  return { found, templates }
}

/** Where go keeps the module's sources; the sandbox's build has downloaded them. */
function moduleFolder(): string {
  const args = ['mod', 'download', '-json', `${ISTIO.module}@${ISTIO.version}`]
  const { Dir } = JSON.parse(execFileSync('go', args, { encoding: 'utf8' })) as { Dir: string }
  return Dir
}
