// A run's summary of which every text that strangers chose tries to run, to load or to mislead.
import { parseGates } from '../../plugin/compare/statistics/gate.ts'
import { PairById } from '../../plugin/compare/pairing/pair.ts'
import { Roles } from '../../plugin/compare/pairing/role.ts'
import { Run } from '../../plugin/compare/statistics/run.ts'
import { summarise, type Summary } from '../../plugin/compare/statistics/summary.ts'
import { copy, exchange, SUBJECT } from '../unit/plugin/compare/build.ts'

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

/** What a reader sees in their place. */
export const tamed = [
  '<link rel=stylesheet href=http://127.0.0.1:9/x.css>',
  '"><img src=x onerror="window.pwned = 2"> 1',
  '</style><script>window.pwned = 4</script> 3'
]

export function hostileSummary(): Summary {
  const run = new Run(new PairById(new Roles(false)), () => 1, { opened: -60_000, backlog: false, follow: true })
  for (let index = 0; index < 1600; index++) {
    const at = index * 50
    const hostile = RUNS[index % RUNS.length]!
    const path = `/${hostile}?${hostile}`
    const common = { id: `${hostile} ${index}`, path, duration: 10 + (index % 7), line: `${hostile} ${index}` }
    run.take(exchange({ ...common, at }), at)
    if (index % 100 !== 6) run.take(copy({ ...common, at: at + 1, status: index % 2 === 0 ? 200 : 500 }), at)
  }
  run.close(120_000)
  run.end(200_000)
  return summarise(SUBJECT, run, parseGates('status>1%,p99>20%,missing>5%'))
}
