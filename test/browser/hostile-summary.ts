// Summaries of runs in which every text that clients and versions chose tries to run, to load or to mislead.
import { PairById } from '../../plugin/compare/pairing/pair.ts'
import { Roles } from '../../plugin/compare/pairing/role.ts'
import { Redactor } from '../../plugin/compare/responses/redact.ts'
import { parseGates } from '../../plugin/compare/statistics/gate.ts'
import { FieldsTally } from '../../plugin/compare/statistics/field-tally.ts'
import { Run } from '../../plugin/compare/statistics/run.ts'
import { summarise, type Summary } from '../../plugin/compare/statistics/summary.ts'
import { BodyBudget } from '../../plugin/compare/tap/body-budget.ts'
import { copy, liveRecord, SUBJECT } from '../unit/plugin/compare/build.ts'
import { response } from '../unit/plugin/compare/responses/build.ts'

const RUNS = [
  '<script>window.pwned = 1</script>',
  '"><img src=x onerror="window.pwned = 2">',
  "'><svg onload='window.pwned = 3'>",
  '</style><script>window.pwned = 4</script>',
  '</title><body onload="window.pwned = 5">',
  'javascript:window.pwned=6',
  '{{constructor.constructor("window.pwned = 7")()}}',
  '<link rel=stylesheet href=http://127.0.0.1:9/x.css><iframe src=http://127.0.0.1:9/></iframe>'
]

const WINDOW = { opened: -60_000, backlog: false, follow: true }

/** What a reader of compare's report sees in their place. */
export const COMPARED = [
  '<link rel=stylesheet href=http://127.0.0.1:9/x.css>',
  '"><img src=x onerror="window.pwned = 2"> 1',
  '</style><script>window.pwned = 4</script> 3'
]

export function hostileSummary(): Summary {
  const run = new Run(new PairById(new Roles(false)), () => 1, WINDOW)
  for (let index = 0; index < 1600; index++) {
    const at = index * 50
    const hostile = RUNS[index % RUNS.length]!
    const path = `/${hostile}?${hostile}`
    const common = { id: `${hostile} ${index}`, path, duration: 10 + (index % 7), line: `${hostile} ${index}` }
    run.take(liveRecord({ ...common, at }), at)
    if (index % 100 !== 6) run.take(copy({ ...common, at: at + 1, status: index % 2 === 0 ? 200 : 500 }), at)
  }
  return endOf(run, 'status>1%,p99>20%,missing>5%')
}

/** What a reader of diff's report sees: of headers, of fields of trees and their names, and of texts. */
export const DIFFERING = [
  'x-note: <script>window.pwned = 1</script> live',
  'x-note: <script>window.pwned = 1</script> copy',
  '"<script>window.pwned = 1</script>": "copy <script>window.pwned = 1</script>"',
  'copy </style><script>window.pwned = 4</script>',
  'referer: https://shop/<script>window.pwned = 1</script>'
]

export function hostileDiff(): Summary {
  const budget = new BodyBudget()
  const ignored = { field: () => false, header: () => false }
  const redactor = new Redactor([])
  const fields = new FieldsTally({
    ignored,
    redactor,
    budget,
    withExamples: true,
    baseline: false,
    restrictions: [`requests for ${RUNS[0]!}`]
  })
  const run = new Run(new PairById(new Roles(false)), () => 1, WINDOW, fields)
  for (const [index, hostile] of RUNS.entries()) {
    const path = `/${index}/${hostile}`
    const answerOf = (side: string) =>
      response({
        path,
        requestHeaders: { referer: `https://shop/${hostile}` },
        requestBody: hostile,
        headers: {
          'content-type': index % 2 === 0 ? 'application/json' : 'text/plain',
          'x-note': `${hostile} ${side}`
        },
        body: index % 2 === 0 ? { [hostile]: `${side} ${hostile}` } : `${side} ${hostile}`
      })
    const common = { id: String(index), path, at: index * 50, line: hostile }
    run.take(liveRecord({ ...common, response: answerOf('live') }), common.at)
    run.take(copy({ ...common, at: common.at + 1, response: answerOf('copy') }), common.at)
  }
  return endOf(run, 'field>1%')
}

function endOf(run: Run, gates: string): Summary {
  run.close(120_000)
  run.end(200_000)
  return summarise(SUBJECT, run, parseGates(gates))
}
