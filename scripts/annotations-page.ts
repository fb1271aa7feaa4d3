// docs/annotations.md, from the tables in mirror/: every annotation, problem, skip and warning.
import { ANNOTATIONS, DESCRIPTIONS } from '../mirror/annotations.ts'
import { BOUND_ROWS } from '../mirror/bounds.ts'
import { formatCount, SENTENCES, type Severity } from '../mirror/problem.ts'

const SECTIONS: Readonly<Record<Severity, string>> = {
  problem: `## Problems
Each refuses the whole intent: nothing is injected. A write that changes the annotations is denied with every problem. A
write that changes something else is allowed with warnings: the object stays as it was written, but a mirror that only a
newer policy forbids stays. On an HTTPRoute any other problem takes a running mirror out until it is fixed, as live requests
could fail.`,
  skip: `## Skips
Each leaves one rule as it is. When every rule is skipped, that is the problem \`nothingMirrored\`.`,
  warning: `## Warnings
Shown with the response; they refuse nothing.`
}

export function annotationsPage(): string {
  return `# Annotations, and every message about them

Generated from \`mirror/\` by \`npm run generate\`. The codes are stable: they label the webhook's metrics, and the plugin and
the webhook use the same words.

## Annotations
| annotation | value | absent |
|---|---|---|
${annotationRows()}

A target is \`[HOST[:PORT]/]SUBSET[=PERCENT]\`; without a host it takes the host and port of each rule's own live
destination (the heaviest).

Annotations that select requests rather than rules are filters. If one is set, each rule is cloned right before itself, the
filters are AND-ed into every branch of the clone's \`match\`, and the clone's name begins with \`kubectl-mirror.dev/\`.

On an HTTPRoute a target is a Service, \`NAME[.NAMESPACE][:PORT][=PERCENT]\`; without a port it takes that of the rule's heaviest
backend. Its mirrors are \`RequestMirror\` filters, after the rule's own. No rule is cloned there, as the Gateway API puts the narrower
of two matches first, across HTTPRoutes too: \`methods\` and \`headers\` are met where each match of a rule has them already, and
refused elsewhere.
\`max-body\` and \`limit\` are refused there: bound copies by \`timeouts.request\` of the rule (15 s at most), or in a DestinationRule of
the target's Service (\`connectionPool.http.http2MaxRequests\`). \`kubectl mirror enable httpbin --create=httproute --to v2\` makes the
HTTPRoute of a Service, and a Service for each version.

While a mirror is on, a mirror that you type yourself to a destination that \`injected\` lists is taken for ours.

## Bounds
Above one of these, a problem says the bound and what was found. A message lists at most five names.

| what | at most |
|---|---|
${BOUND_ROWS.map(([what, most]) => `| ${what} | ${formatCount(most)} |`).join('\n')}

${(['problem', 'skip', 'warning'] as const).map(section).join('\n\n')}
`
}

function annotationRows(): string {
  const names = Object.keys(ANNOTATIONS) as (keyof typeof ANNOTATIONS)[] // its own keys
  return names.map((name) => row([`\`${ANNOTATIONS[name]}\``, ...DESCRIPTIONS[name]])).join('\n')
}

function section(severity: Severity): string {
  const rows = Object.entries(SENTENCES[severity]).map(([code, sentence]) =>
    row([`\`${code}\``, sentence.replaceAll(/\{(\w+)\}/g, '*$1*')])
  )
  return `${SECTIONS[severity]}\n\n| code | what it says |\n|---|---|\n${rows.join('\n')}`
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
