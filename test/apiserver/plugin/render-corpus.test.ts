// Istio's corpus through render and back: as kubectl read it, and byte for byte as it was typed.
import { expect, test } from 'vitest'
import { ANNOTATIONS } from '../../../mirror/annotations.ts'
import { renderStreams } from '../../../plugin/render/render-stream.ts'
import { loadCorpus } from '../../corpus.ts'
import { readByKubectl } from './kubectl-judge.ts'
import { planned, stored } from './planned.ts'

const { to, percent, methods, headers } = ANNOTATIONS
const WISHES: readonly Readonly<Record<string, string>>[] = [
  { [to]: 'shadow' },
  { [to]: 'shadow=25,other.prod.svc.cluster.local:8080/v9', [percent]: '"0.0001"' },
  { [to]: 'shadow', [methods]: 'GET,HEAD' },
  { [to]: 'shadow', [headers]: 'x-user=beta,x-trace,x-tier~(gold|silver)[0-9]*' }
]
const now = new Date()

test('every VirtualService of the corpus comes back from render and un-render', async () => {
  const { found } = loadCorpus()
  const rendered: string[] = []
  const asked: string[] = []
  const refused: string[] = []
  for (const { source, text } of found) {
    for (const wish of WISHES) {
      const context = `${source} ${JSON.stringify(wish)}`
      const typed = annotate(text, wish)
      expect(typed, context).not.toBe(text)
      const output = render(typed)
      if (output === undefined) {
        refused.push(typed)
        continue
      }
      asked.push(typed)
      rendered.push(output)
      const undone = render(withoutWish(output, wish))
      const untouched = text.endsWith('\n') ? text : `${text}\n`
      expect(undone, context).toBe(untouched)
    }
  }
  const before = await readByKubectl(asked.join('---\n'))
  const after = await readByKubectl(rendered.join('---\n'))
  expect(before).toHaveLength(asked.length)
  expect(after?.map(stored)).toEqual(planned(before ?? [], now))
  const left = await readByKubectl(refused.join('---\n'))
  expect(left).toHaveLength(refused.length)
  for (const object of left ?? []) expect(planned([object], now), JSON.stringify(object)).toBeUndefined()
  console.log(
    `corpus: ${found.length} VirtualServices; ${rendered.length} rendered and back, ${refused.length} refused as planned`
  )
  expect(found.length).toBeGreaterThan(140)
  expect(rendered.length).toBeGreaterThan(400)
})

/** Undefined: refused. */
function render(text: string): string | undefined {
  const { documents, problems } = renderStreams([{ name: 'corpus.yaml', bytes: Buffer.from(text) }], now)
  return problems.length > 0 ? undefined : documents.map((document) => document.text).join('')
}

function annotate(text: string, wish: Readonly<Record<string, string>>): string {
  const lines = (indent: string) => wishLines(wish).map((line) => `${indent}${line}\n`)
  const ended = text.endsWith('\n') ? text : `${text}\n`
  const existing = /^metadata:\n(?: +.*\n)*?( +)annotations:\n( +)/m.exec(ended)
  if (existing)
    return ended.replace(
      /^( +)annotations:\n( +)/m,
      (all, _, inner: string) => `${all.slice(0, -inner.length)}${lines(inner).join('')}${inner}`
    )
  return ended.replace(
    /^metadata:\n( +)/m,
    (_, indent: string) => `metadata:\n${indent}annotations:\n${lines(`${indent}  `).join('')}${indent}`
  )
}

function withoutWish(text: string, wish: Readonly<Record<string, string>>): string {
  return text
    .split('\n')
    .filter((line) => !wishLines(wish).includes(line.trim()))
    .join('\n')
}

function wishLines(wish: Readonly<Record<string, string>>): string[] {
  return Object.entries(wish).map(([key, value]) => `${key}: ${value}`)
}
