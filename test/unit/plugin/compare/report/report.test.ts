import { parseHTML } from 'linkedom'
import { describe, expect, test } from 'vitest'
import { parseGates } from '../../../../../plugin/compare/statistics/gate.ts'
import { renderJunit } from '../../../../../plugin/compare/report/junit.ts'
import { PairById } from '../../../../../plugin/compare/pairing/pair.ts'
import { renderReport } from '../../../../../plugin/compare/report/report.ts'
import { Roles } from '../../../../../plugin/compare/pairing/role.ts'
import { Run } from '../../../../../plugin/compare/statistics/run.ts'
import { summarise, type Summary } from '../../../../../plugin/compare/statistics/summary.ts'
import { renderTable } from '../../../../../plugin/compare/report/table.ts'
import { copy, liveRecord, SUBJECT } from '../build.ts'

const REPORTED = { ...SUBJECT, source: { ...SUBJECT.source, blindTo: 'They show no bodies.' } }
const EVIL = '<script>alert("x")</script>'

/** 600 requests in a minute on two endpoints, one of them answered 500 by the copy; one request without a copy. */
function summaryOf(requests = 600): Summary {
  const run = new Run(new PairById(new Roles(false)), () => 1, { opened: -60_000, backlog: false, follow: true })
  for (let index = 0; index < requests; index++) {
    const at = index * 100
    const path = index % 2 === 0 ? `/user/${index}` : `/fails?${EVIL}`
    const common = { id: `id-${index}`, path, duration: 10 + (index % 7), line: `${EVIL} ${index}` }
    run.take(liveRecord({ ...common, at }), at)
    if (index !== 6) run.take(copy({ ...common, at: at + 1, status: index % 2 === 0 ? 200 : 500 }), at)
  }
  run.close(120_000)
  run.end(120_000)
  return summarise(REPORTED, run, parseGates('status>1%,p99>20%,missing>5%'))
}

describe('renderReport', () => {
  test('is one page that loads nothing and escapes what clients sent', async () => {
    const page = renderReport(summaryOf(), new Date(0))
    expect(page).not.toContain('<script')
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;')
    expect(page).not.toMatch(/(src|href|url\()\s*=?\s*["']?https?:/)
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
  })

  test('has a drawing for each width of window: where one is hidden its twin is shown', async () => {
    const { document } = parseHTML(renderReport(summaryOf(), new Date(0)))
    const shown = [...document.querySelectorAll('figure')].map((figure) =>
      [...figure.querySelectorAll(':scope > div')].map(({ className }) => className)
    )
    expect(shown.length).toBeGreaterThan(2)
    for (const one of shown) expect([['always'], ['wide', 'narrow']]).toContainEqual(one)
  })

  test('names the endpoint that differs, the gate that fails, the evidence, and what it cannot know', async () => {
    const { document } = parseHTML(renderReport(summaryOf(), new Date(0)))
    expect(document.querySelector('.banner')!.textContent).toMatch(
      /1 of 2 endpoints differs beyond noise\s*GET \/fails: 200→500 in 100 % \(300 of 300\)/
    )
    expect(document.querySelector('.tag.failed')!.closest('tr')!.textContent).toContain('GET /fails (100 %)')
    expect([...document.querySelectorAll('details')].map(({ textContent }) => textContent).join('')).toContain(
      `${EVIL} 6`
    )
    expect(document.querySelector('footer')!.textContent).toContain('They show no bodies.')
    expect(document.querySelectorAll('.tiles dd')[1]!.textContent).toContain('99.83 %')
  })

  test('gives every plot a name for those who do not see it', async () => {
    const { document } = parseHTML(renderReport(summaryOf(), new Date(0)))
    const plots = [...document.querySelectorAll('figure svg[role=img]')]
    expect(plots).toHaveLength(5)
    for (const plot of plots) expect(plot.getAttribute('aria-label')).toMatch(/\w{4}/)
  })

  test('counts one endpoint as one', async () => {
    const run = new Run(new PairById(new Roles(false)), () => 1, { opened: -60_000, backlog: false, follow: true })
    for (let index = 0; index < 204; index++) {
      run.take(liveRecord({ id: `${index}`, at: index * 100 }), 0)
      run.take(copy({ id: `${index}`, at: index * 100, status: 500 }), 0)
    }
    run.end(60_000)
    const page = renderReport(summarise(REPORTED, run, []), new Date(0))
    expect(page).toContain('1 of 1 endpoint differs beyond noise')
    expect(page).toContain('on 1 endpoint<')
  })

  test('says that nothing was compared', async () => {
    const page = renderReport(summaryOf(0), new Date(0))
    expect(page).toContain('Nothing was compared')
    expect(page).toContain('No live request was seen.')
  })
})

describe('what clients send', () => {
  const HOSTILE = '/\u001B[Kred\u202Eevil\uFFFE\uFFFF\u2066x\u0007'

  function hostile(): Summary {
    const run = new Run(new PairById(new Roles(false)), () => 1, { opened: -60_000, backlog: false, follow: true })
    for (let index = 0; index < 100; index++) {
      const line = `${HOSTILE} ${index}`
      run.take(liveRecord({ id: `${index}`, path: HOSTILE, line }), 0)
      run.take(copy({ id: `${index}`, path: HOSTILE, line, status: 500 }), 0)
    }
    run.end(60_000)
    return summarise(REPORTED, run, parseGates('status>1%'), { cutOff: HOSTILE })
  }

  test('is written out in the table, on the page and for JUnit alike', async () => {
    const table = renderTable(hostile(), { paint: (_: unknown, text: string) => text })
    const page = renderReport(hostile(), new Date(0))
    const junit = renderJunit(hostile())
    for (const text of [table, page, junit]) {
      expect(text).toContain(String.raw`/\u001b[Kred\u202eevil\ufffe\uffff\u2066x\u0007`)
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\uFFFE\uFFFF]/u)
    }
  })
})

describe('renderTable', () => {
  const plain = { paint: (_: unknown, text: string) => text }

  test('fits the terminal, and marks what is beyond noise', () => {
    for (const width of [80, 100, 140]) {
      const table = renderTable(summaryOf(), { ...plain, width })
        .split('\n')
        .slice(2, 6)
        .join('\n')
      expect(Math.max(...table.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(width)
      expect(table).toMatch(/GET \/fails .* 200→500 300 \(100 %\)\*/)
      expect(table).toMatch(/GET \/user\/\{id\} .* 99\.67 % .* same/)
    }
  })

  test('says so while nothing is certain yet, and where nothing was compared', () => {
    const live = renderTable(summaryOf(), { ...plain, isFinal: false })
    expect(live).toContain('* Beyond noise so far (preliminary: only the end of the run decides):')
    expect(live).toContain('Preliminary:\nFAILED   status>1%')
    expect(renderTable(summaryOf(), plain)).not.toMatch(/preliminary/i)
    const nothing = renderTable(summaryOf(0), plain)
    expect(nothing).toContain('Nothing was compared.')
    expect(nothing).not.toContain('No difference beyond noise')
    expect(nothing).toContain('0 requests   0 copies   0 compared')
  })

  test('names each finding once, and leaves the theory of the tests to the documentation', () => {
    const table = renderTable(summaryOf(), plain)
    expect(table.match(/200→500 in 100 %/g)).toHaveLength(1)
    expect(table).not.toMatch(/McNemar|Holm|permutation/)
  })

  test('says which gate failed and where', () => {
    const table = renderTable(summaryOf(), plain)
    expect(table).toContain('FAILED   status>1%: GET /fails (100 %)')
    expect(table).toContain('passed   missing>5%')
  })
})

describe('caveats', () => {
  test('suspects the pods rather than the code where every endpoint is slow', () => {
    const slow = (slowOnes: readonly string[]): string => {
      const run = new Run(new PairById(new Roles(false)), () => 1, { opened: -60_000, backlog: false, follow: true })
      for (let index = 0; index < 1200; index++) {
        const at = index * 50
        const path = ['/a', '/b', '/c'][index % 3]!
        run.take(liveRecord({ id: `${index}`, path, at, duration: 10 }), at)
        run.take(copy({ id: `${index}`, path, at: at + 1, duration: slowOnes.includes(path) ? 50 : 10 }), at)
      }
      run.close(120_000)
      run.end(120_000)
      return renderTable(summarise(REPORTED, run, []), { paint: (_: unknown, text: string) => text })
    }
    expect(slow(['/a', '/b', '/c'])).toContain("more likely v2's pods")
    expect(slow(['/a', '/b'])).not.toContain("more likely v2's pods")
  })
})
