// docs/safety.md, from the figures of the last recorded run of test/e2e/safety. Measures nothing.
import { readFileSync } from 'node:fs'
import type { Row } from '../test/e2e/safety/figures.ts'
import { flagged, round, sum } from './figures.ts'

interface Recorded {
  readonly limit: number
  readonly maxBody: string
  /** Of the long form. */
  readonly rows: readonly Required<Row>[]
}

/** What `limit` and `max-body` are to hold. */
const RATIO = 1.2
const MEGABYTES = 20

export function safetyPage(): string {
  const text = readFileSync(new URL('../docs/safety.json', import.meta.url), 'utf8')
  const { limit, maxBody, rows } = JSON.parse(text) as Recorded // ours
  return `# Safety

Every request is still answered by v1. That is to hold whatever v2 does: it is the version that nobody trusts yet. This page shows
what each fault of v2 did to live requests, with \`limit\` and \`max-body\` and without. Written by \`npm run generate\` from the last
recorded run (\`RECORD=1 npm run e2e -- safety\`, on the sandbox: one machine with two processors).

## In short

    kubectl mirror enable httpbin --to v2 --limit ${limit} --max-body ${maxBody}

- **\`limit\`** bounds how many copies each caller keeps open to v2. More are dropped at once, and the live request is still answered. Without it
  a v2 that hangs fills the memory of the callers' sidecars until they are killed, with all live requests in them.
- **\`max-body\`** leaves out requests that declare a longer body. Without it an upload waits for a v2 that does not read its copy, until
  something times out: Envoy sends the copy as the body comes, and slows the live request down to it.
- \`enable\`, \`status\` and \`check\` name a mirror that has neither. The platform team can require them:
  \`policy.requireLimit\`, \`policy.defaultLimit\` and \`policy.maxBody\` ([chart values](../charts/kubectl-mirror/README.md)).

## With limit ${limit}, and max-body ${maxBody} where bodies are sent
${table(rows, 'bounded')}

Asked for: no failure, p99 at most ${RATIO} times that beside it, ${MEGABYTES} MB at most. **Bold** is what was over it. Without any
mirror p99 was ${describeMachine(rows)}: where that is
long, the machine had other work, and a mirrored caller, which sends twice as many requests, waits longer for it than the other.

## Without
${table(rows, 'unbounded')}

## How to read it
- A caller sent requests through a VirtualService that mirrored all of them, at the given rate, over kept-alive connections. At the
  same moments a second caller sent such requests to the same v1 without a mirror, at most 100 a second: "beside". So what the machine
  did to both is not counted against the mirror.
- **failed**: live requests with another response than 200, or with none in 10 s, a few seconds before and after the mirror included.
- **p99**: of live requests without a body, from when each was due; medians over windows of four seconds. **times** is that during the
  mirror divided by that beside it, the median over the windows.
- **upload**: the longest while the mirror was on.
- **gained**: the most memory that the caller's sidecar had in use, beyond what it had before.
- **open**: the most copies that were open at once.

## What they do not bound
- A copy costs the caller's sidecar and the network what the request itself costs. \`percent\` bounds that.
- The limit holds for each sidecar or gateway that sends copies, not for all together: ten callers may have ten times ${limit} open.
- When the target's Service or DestinationRule changes, Envoy begins a new count, and copies of before end by themselves: for a while
  more may be open, up to the limit for each change. Beside the limit, a quarter of it may wait for a connection.
- \`max-body\` goes by what a request declares. One without \`content-length\` (chunked, or HTTP/2 without it) is copied whatever its size.
- With \`limit\` alone an upload can stall while there are open slots, and \`max-body\` alone does not bound how many copies are open.
- What v2 itself writes, to a database for example, no proxy bounds.
- If v2 shares a node with v1 or with callers, it shares the processors, too. Requests and limits of its pods bound that.
- A live route that uses the DestinationRule of which someone deletes the subset or the rule itself fails with or without a mirror.
`
}

function table(rows: readonly Required<Row>[], bounds: 'bounded' | 'unbounded'): string {
  const body = rows.map(({ fault, rate, [bounds]: { seconds, before, during, after } }) => {
    const { p99, ratio, upload, gained, open } = during
    const all = [before, during, after]
    const failures = sum(all.flatMap(({ failed }) => Object.values(failed)))
    const failed = failures === 0 ? '0' : `${failures} of ${sum(all.map(({ requests }) => requests))}`
    const megabytes = gained / 1e6
    return [
      `${fault} (${rate}/s, ${seconds} s)`,
      `${flagged(failed, failures > 0)} / ${sum(all.map(({ failedBeside }) => failedBeside))}`,
      all.map(({ p99: [own] }) => round(own)).join(' / '),
      round(p99[1]),
      flagged(ratio.toFixed(2), ratio > RATIO),
      upload ? `${(upload[0] / 1000).toFixed(1)} / ${(upload[1] / 1000).toFixed(1)}` : '',
      flagged(round(Math.max(0, megabytes)), megabytes > MEGABYTES),
      round(open)
    ].join(' | ')
  })
  const titles = [
    'v2 ...',
    'failed / beside',
    'p99, ms: before / during / after',
    'beside',
    'times',
    'upload, s / beside'
  ]
  const columns = [...titles, 'gained, MB', 'open']
  const lines = [columns.join(' | '), ['---', ...columns.slice(1).map(() => '---:')].join('|'), ...body]
  return lines.map((line) => `| ${line} |`).join('\n')
}

/** Without a mirror: what the machine itself made of requests. */
function describeMachine(rows: readonly Required<Row>[]): string {
  const before = rows.map((row) => row.bounded.before.p99[0]).toSorted((a, b) => a - b)
  return `${round(before[0] ?? 0)} to ${round(before.at(-1) ?? 0)} ms, ${round(before[before.length >> 1] ?? 0)} ms in the median`
}
