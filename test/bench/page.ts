// docs/benchmarks.md from the last figures of every part. Measures nothing.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { Part } from './part.ts'
import { drawPlot } from './plots.ts'
import type { Result, Results } from './results.ts'
import { claims, figures } from './table.ts'

const DOCS = new URL('../../docs/', import.meta.url)

const HEAD = `# Benchmarks

Written by \`npm run bench\` (\`npm run bench PART ...\` for some parts: {parts}); edit the notes in \`test/bench/notes/\`, not
this file. Every figure is the median of the rounds of one run on one machine, in which the systems took turns; every
ratio is the median of the rounds' own ratios. All samples are in [benchmarks.json](benchmarks.json). The figures of
another machine differ; the ratios should not, much. {origin}
`

export async function writePage(parts: readonly Part[], results: Results): Promise<void> {
  const sections = await Promise.all(
    parts.map(async (part) => {
      const result = results[part.name]
      return result === undefined ? '' : section(part, result, await notesOf(part), await draw(part, result))
    })
  )
  const names = parts.map(({ name }) => name)
  const head = HEAD.replace('{parts}', names.join(', ')).replace('{origin}', originOf(names, results))
  await writeFile(new URL('benchmarks.md', DOCS), [head, ...sections.filter((text) => text !== '')].join('\n'))
}

function originOf(names: readonly string[], results: Results): string {
  const all = names.map((name) => results[name])
  const commits = new Set(all.map((result) => result?.commit))
  if (commits.size > 1) return 'The parts are of several runs: each says of which commit.'
  const seconds = all.reduce((sum, result) => sum + (result?.seconds ?? Number.NaN), 0)
  return `All parts are of commit ${[...commits].join('')}${Number.isNaN(seconds) ? '' : `, and took ${formatSeconds(seconds)} together`}.`
}

function section(part: Part, result: Result, notes: string, plots: string): string {
  const { machine, commit, when, loadBefore, seconds } = result
  const took = seconds === undefined ? '' : `, ${formatSeconds(seconds)}`
  const origin = `Commit ${commit}, ${when}Z${took}, ${machine}; load average just before: ${loadBefore}.`
  const tables = [figures(part, result), claims(result.claims)]
  const parts = [`## ${part.title}`, part.about, ...tables, plots, notes, `*${origin}*`]
  return `${parts.filter((text) => text !== '').join('\n\n')}\n`
}

/** 4:05 min */
function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')} min`
}

/** The Markdown that shows them. */
async function draw(part: Part, result: Result): Promise<string> {
  await mkdir(new URL('benchmarks/', DOCS), { recursive: true })
  const images = part.plots.map(async (plot) => {
    const file = `benchmarks/${part.name}-${plot.measure}.svg`
    await writeFile(new URL(file, DOCS), drawPlot(part, plot, result))
    return `![${plot.title}](${file})`
  })
  return (await Promise.all(images)).join('\n\n')
}

/** What a reader should know of the figures, written by hand: reasons, what was tried. */
async function notesOf({ name }: Part): Promise<string> {
  try {
    return (await readFile(new URL(`notes/${name}.md`, import.meta.url), 'utf8')).trim()
  } catch {
    return '' // most parts need none
  }
}
