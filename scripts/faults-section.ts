// The faults of docs/reliability.md, from the figures of the last recorded run of test/e2e/faults. Measures nothing.
import { readFileSync } from 'node:fs'
import type { Row, Written } from '../test/e2e/faults/checker.ts'
import { flagged, round, sum } from './figures.ts'

/** Seconds, as asked for. */
const HEALED_WITHIN = 10

export function faultsSection(): string {
  const text = readFileSync(new URL('../docs/faults.json', import.meta.url), 'utf8')
  const rows = JSON.parse(text) as readonly Row[] // ours
  return `## Faults
Whatever happens to the webhook, or to the cluster around it, live requests are answered as before, writes succeed, and what was
annotated meanwhile is mirrored as soon as it can be. Recorded on the sandbox (\`RECORD=1 npm run e2e -- faults\`: a cluster on one
machine with two processors, Istio, two replicas with the chart's own values); \`npm run e2e -- --short\` repeats a few of them.

${table(rows)}

Beside each fault
- two callers sent requests to one version, one through a VirtualService that mirrors all of them, one without a mirror: **live**. A
  copy is **lost** if the request was answered and no copy of it was sent.
- annotated VirtualServices were written ten times a second, each time as a whole and without the mirror, and VirtualServices without
  our annotations as often: **writes**. **Refused** are those that failed because of us; writes also fail without us while the API
  server, etcd or Istio's own validation is away, and those are in brackets.
- the live route of every VirtualService was compared with its owner's once a second. It differed ${sum(rows.map(({ altered }) => altered))} times.
- other VirtualServices were annotated while the fault lasted, one of them with a mistake, and not written again. **Healed** is the time
  from the end of the fault until each was mirrored, or had an Event that says why not; asked for are ${HEALED_WITHIN} s. A restarted
  container counts as the end of a fault when it is ready.

One machine carries the whole cluster: where p99 is long before the fault, too, it had other work, which also delays healing. A fault of the
test without a row here has not been recorded yet.

## What others promise and test
As their charts and test trees have it, in the version named.

| | while its webhook does not answer | afterwards | faults among its tests |
|---|---|---|---|
| kubectl-mirror | writes succeed without the mirror (\`Ignore\`, ${SECONDS} s) | the leader adds the mirror | the table above |
| cert-manager 1.21.1 | writes of its kinds fail (\`Fail\`, 30 s; one replica) | the owner writes again | its CA's Secret deleted (\`test/integration/webhook\`) |
| Gatekeeper 3.23.0 | writes succeed unchecked and unmutated (\`Ignore\`, 3 s and 1 s; three replicas) | audit reports what violates; a missed mutation stays missed ([failing closed](https://open-policy-agent.github.io/gatekeeper/website/docs/failing-closed)) | a pod deleted: that it takes its time to end (\`test/bats/test.bats\`, "shutdown delay") |
| Kyverno 1.19.0 | writes that a policy selects fail (\`Fail\`, 10 s), or succeed unmutated where the policy says \`Ignore\` | a leader whose health is not confirmed leaves the stored webhook configuration in place; policies for existing resources run in the background | a pod's processor hogged, by hand with Litmus (\`litmuschaos/\`); a pod restarted between two generated objects (\`test/conformance\`) |
| Istio's injector 1.31.0-rc.0 | pods are not created (\`Fail\`) | their controllers try again | \`caBundle\` and \`failurePolicy\` of the validating webhook cleared (\`tests/integration/pilot/webhook_test.go\`) |

None of them publishes figures of such a run.
`
}

/** As the chart has it. */
const SECONDS = 5

function table(rows: readonly Row[]): string {
  const columns = [
    'fault',
    'it lasted, s',
    'live: sent / failed',
    'copies lost',
    'live p99, ms: before / during / after',
    'without a mirror',
    'annotated writes: sent / refused / at first without the mirror',
    'p99 / longest, ms',
    'other writes: sent / refused',
    'p99 / longest, ms',
    'annotated meanwhile',
    'healed, s'
  ]
  const lines = rows.map((row) => {
    const phases = [row.live.before, row.live.during, row.live.after]
    const sent = sum(phases.map(({ requests }) => requests))
    const failed = sum(phases.flatMap((phase) => Object.values(phase.failed)))
    return [
      row.fault,
      round(row.seconds),
      `${round(sent)} / ${flagged(String(failed), failed > 0)}`,
      flagged(String(row.copiesLost), row.copiesLost > 0),
      phases.map(({ p99: [own] }) => round(own)).join(' / '),
      phases.map(({ p99: [, beside] }) => round(beside)).join(' / '),
      ...writes(row.annotated, ` / ${row.annotated.unmirrored}`),
      ...writes(row.plain),
      round(row.marked),
      flagged(round(row.healed), row.healed > HEALED_WITHIN)
    ]
  })
  const all = [columns, columns.map((_, index) => (index === 0 ? '---' : '---:')), ...lines]
  return all.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function writes({ count, ours, others, p99, longest }: Written, more = ''): string[] {
  const failed = others > 0 ? ` (${others})` : ''
  return [`${round(count)} / ${flagged(String(ours), ours > 0)}${failed}${more}`, `${round(p99)} / ${round(longest)}`]
}
