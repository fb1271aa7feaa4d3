// Writes every file that is generated from source; with --check it writes nothing and fails on those that differ.
import { readFileSync, writeFileSync } from 'node:fs'
import { annotationsPage } from './annotations-page.ts'
import { chartDefaults, chartReadme, chartSchema } from './chart-values.ts'
import { reliabilityPage } from './reliability-page.ts'
import { safetyPage } from './safety-page.ts'
import { terminalSvg } from './terminal-svg.ts'
import { commandsPage } from './commands-page.ts'
import { dependenciesPage } from './dependencies-page.ts'

/** Of the transcripts that `npm run pictures` keeps. */
const PICTURES = ['enable', 'logs', 'compare', 'disable']

const GENERATED: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/annotations.md': annotationsPage,
  'docs/commands.md': commandsPage,
  'docs/dependencies.md': dependenciesPage,
  'docs/reliability.md': reliabilityPage,
  'docs/safety.md': safetyPage,
  'charts/kubectl-mirror/README.md': chartReadme,
  'charts/kubectl-mirror/defaults.json': chartDefaults,
  'charts/kubectl-mirror/values.schema.json': chartSchema,
  ...Object.fromEntries(PICTURES.map((name) => [`docs/pictures/${name}.svg`, () => picture(name)]))
}

const check = process.argv.includes('--check')
for (const [file, generate] of Object.entries(GENERATED)) {
  const url = new URL(`../${file}`, import.meta.url)
  const text = await generate()
  if (!check) writeFileSync(url, text)
  else if (readFileSync(url, 'utf8') !== text) {
    console.error(`${file} differs from its source: run npm run generate, and commit what it writes`)
    process.exitCode = 1
  }
}

function picture(name: string): string {
  const transcript = readFileSync(new URL(`../docs/pictures/${name}.txt`, import.meta.url), 'utf8')
  return terminalSvg(transcript, `A terminal: kubectl mirror ${name}`)
}
