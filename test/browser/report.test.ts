// The HTML report in a real browser: in light and dark, wide and narrow, with hostile paths, bodies and examples in it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { renderReport } from '../../plugin/compare/report/report.ts'
import { COMPARED, DIFFERING, hostileDiff, hostileSummary } from './hostile-summary.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'kubectl-mirror-report-'))
const REPORTS = {
  compare: { file: join(folder, 'compare.html'), summary: hostileSummary, shown: COMPARED },
  diff: { file: join(folder, 'diff.html'), summary: hostileDiff, shown: DIFFERING }
} as const

let browser: Browser

beforeAll(async () => {
  for (const { file, summary } of Object.values(REPORTS)) {
    writeFileSync(file, renderReport(summary(), new Date(0)))
  }
  browser = await chromium.launch(inject('launch'))
})

afterAll(async () => {
  await browser.close()
  rmSync(folder, { recursive: true })
})

interface Seen {
  /** Console errors, uncaught errors and dialogs. */
  readonly noise: string[]
  /** URLs other than the page itself. */
  readonly requests: string[]
}

async function open(
  { file }: { readonly file: string },
  width: number,
  colorScheme: 'light' | 'dark'
): Promise<{ page: Page; seen: Seen }> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
  const seen: Seen = { noise: [], requests: [] }
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') seen.noise.push(message.text())
  })
  page.on('pageerror', (error) => seen.noise.push(error.message))
  page.on('dialog', (dialog) => {
    seen.noise.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file).href) seen.requests.push(request.url())
  })
  await page.goto(pathToFileURL(file).href)
  for (const details of await page.locator('details').all())
    await details.evaluate((one) => one.setAttribute('open', ''))
  return { page, seen }
}

const SIGHTS = (['compare', 'diff'] as const).flatMap((report) =>
  [400, 1280].flatMap((width) => (['light', 'dark'] as const).map((scheme) => [report, width, scheme] as const))
)

test.for(SIGHTS)(
  '%s, %i pixels, %s: no error, no request, nothing runs or overflows',
  async ([report, width, scheme]) => {
    const { page, seen } = await open(REPORTS[report], width, scheme)
    expect(seen).toEqual({ noise: [], requests: [] })
    expect(await page.evaluate('window.pwned')).toBeUndefined()
    expect(await page.evaluate('document.querySelectorAll("script, iframe, object, embed, form, base").length')).toBe(0)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    const text = await page.locator('main').innerText()
    for (const shown of REPORTS[report].shown) expect(text).toContain(shown)
    await page.close()
  }
)

test.for(SIGHTS)('%s, %i pixels, %s: axe finds nothing', async ([report, width, scheme]) => {
  const { page } = await open(REPORTS[report], width, scheme)
  // Evaluated by the debugger, not by the page: its content security policy runs no script.
  await page.evaluate(AXE)
  const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as Violation[]
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([])
  await page.close()
})

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}
