// docs/reliability.md, from the figures of the last recorded runs of test/e2e/faults and test/e2e/hostile.test.ts. Measures nothing.
import { readFileSync } from 'node:fs'
import { faultsSection } from './faults-section.ts'

interface Recorded {
  readonly times: number
  readonly writes: number
  readonly failed: number
  readonly unmirrored: number
  readonly restarts: number
  /** Milliseconds. */
  readonly p99: number
  /** MiB. */
  readonly peak: number
  readonly shapes: readonly {
    readonly shape: string
    readonly bytes: number
    readonly written?: string
    readonly posted: string
    readonly milliseconds: readonly [median: number, longest: number]
  }[]
}

export function reliabilityPage(): string {
  const text = readFileSync(new URL('../docs/reliability.json', import.meta.url), 'utf8')
  const { times, writes, failed, unmirrored, restarts, p99, peak, shapes } = JSON.parse(text) as Recorded // ours
  const rows = shapes.map(({ shape, bytes, written = '-', posted, milliseconds: [median, longest] }) =>
    [shape, kilobytes(bytes), written, posted, median.toFixed(0), longest.toFixed(0)].join(' | ')
  )
  return `# Reliability

What breaks by itself, and what a hostile tenant can do: each with what it did to live requests and to writes. Written by
\`npm run generate\` from the last recorded runs. What a broken v2 does is in [Safety](safety.md).

${faultsSection()}
## Hostile input
What a hostile tenant or a stranger in the cluster can do to the webhook, as recorded
(\`RECORD=1 npm run e2e -- hostile\`, on the sandbox, the chart's own values: two replicas, 256 MiB each).

Each shape below was written ${times} times as a VirtualService, and sent ${times} times to the webhook by a pod without credentials,
one shape after the other. Meanwhile another namespace wrote annotated VirtualServices five times a second.

| | bound | seen |
|---|---|---|
| restarts of a replica | 0 | ${restarts} |
| answers of \`/readyz\` other than 200 | 0 | 0 |
| other writes that failed, of ${writes} | 0 | ${failed} |
| other writes stored without their mirror | 0 | ${unmirrored} |
| p99 of the other writes | 1,000 ms | ${p99.toFixed(0)} ms |
| most memory that a replica had resident | 200 MiB | ${peak.toFixed(0)} MiB |

Besides, \`npm test\` sends 5,000 generated reviews to a webhook with the pod's memory limits, and \`npm run fuzz\` 200,000: each is
answered within 100 ms of processor time, and no patch touches a primary route.

### Shapes
"Written" is what the API server made of the VirtualService, "posted" what the webhook answered to the POST; milliseconds are of the
POST as curl sees it, median and longest. \`HTTP 413\` is a body that is too large, or that would cost too much memory to parse.

| shape | kB | written | posted | ms, median | ms, longest |
|---|---:|---|---|---:|---:|
${rows.map((row) => `| ${row} |`).join('\n')}
`
}

function kilobytes(bytes: number): string {
  return bytes < 1000 ? (bytes / 1000).toFixed(1) : Math.round(bytes / 1000).toLocaleString('en-US')
}
