// Reads the webhook's settings from its arguments, and reports every problem with them. Knows no default of the chart.
import { parseArgs } from 'node:util'
import { parseDuration } from '../mirror/time.ts'
import { CLUSTER_DOMAIN } from '../mirror/host.ts'
import type { LeaderSettings } from './controller/leader.ts'

/**
 * `serve` admission; `test` that an annotated VirtualService is mirrored (`helm test`); `cleanup`: remove everything of ours from
 * the cluster.
 */
export type Command = 'serve' | 'test' | 'cleanup'

export interface Config extends LeaderSettings {
  readonly command: Command
  readonly port: number
  readonly operationsPort: number
  readonly lease: string
  /** Name of the MutatingWebhookConfiguration; empty if the webhook does not need it. */
  readonly configuration: string
  /** For `cleanup`: names that Helm's records of this release may have, in `namespace`. */
  readonly records: readonly string[]
  /** istiod completes short hosts with it. */
  readonly clusterDomain: string
  /** Labels of the self-test's object, so that the objectSelector matches it. */
  readonly labels: Readonly<Record<string, string>>
  readonly drainMs: number
  readonly concurrency: number
  readonly logLevel: string
  readonly apiServer: { readonly host: string; readonly port: number }
  readonly serviceAccountFolder: string
}

const OPTIONS = {
  port: { type: 'string', default: '8443' },
  'operations-port': { type: 'string', default: '8080' },
  'dns-names': { type: 'string', default: 'localhost' },
  secret: { type: 'string', default: 'kubectl-mirror-certificate' },
  configuration: { type: 'string', default: '' },
  'certificate-lifetime': { type: 'string', default: '90d' },
  lease: { type: 'string', default: 'kubectl-mirror' },
  policy: { type: 'string', default: 'kubectl-mirror-policy' },
  records: { type: 'string', default: '' },
  'cluster-domain': { type: 'string', default: CLUSTER_DOMAIN },
  labels: { type: 'string', default: '' },
  drain: { type: 'string', default: '10s' },
  concurrency: { type: 'string', default: '64' },
  leftovers: { type: 'string', default: 'remove' },
  limits: { type: 'string', default: 'off' },
  'log-level': { type: 'string', default: 'info' },
  namespace: { type: 'string', default: '' },
  'service-account': { type: 'string', default: '/var/run/secrets/kubernetes.io/serviceaccount' }
} as const

type OptionName = keyof typeof OPTIONS

const COMMANDS: readonly string[] = ['serve', 'test', 'cleanup'] satisfies Command[]
const LEFTOVERS = ['remove', 'keep']
const LIMITS = ['on', 'off']
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

/** `readNamespace` reads this pod's namespace from the service account's folder; `--namespace` overrides it. */
export function readConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  readNamespace: (folder: string) => string
): Config | string[] {
  let values: Record<OptionName, string>
  let commands: string[]
  try {
    ;({ values, positionals: commands } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true }))
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
  const problems: string[] = []
  const [command = 'serve'] = commands
  if (commands.length > 1 || !COMMANDS.includes(command))
    problems.push(`unknown command "${commands.join(' ')}"; use one of ${COMMANDS.join(', ')}`)
  const number = (name: OptionName, min: number, max: number): number => {
    const value = /^\d+$/.test(values[name]) ? Number(values[name]) : Number.NaN
    if (!(value >= min && value <= max))
      problems.push(`--${name}: ${values[name]} is not a number from ${min} to ${max}`)
    return value
  }
  const duration = (name: OptionName): number => {
    const value = parseDuration(values[name])
    if (value === undefined) problems.push(`--${name}: ${values[name]} is not a duration; for example 30s, 10m or 90d`)
    return value ?? 0
  }
  const oneOf = (name: OptionName, allowed: readonly string[]): string => {
    if (!allowed.includes(values[name])) problems.push(`--${name}: ${values[name]} is not one of ${allowed.join(', ')}`)
    return values[name]
  }
  problems.push(...cleanupProblems(command, values))
  const leftovers = oneOf('leftovers', LEFTOVERS)
  const limits = oneOf('limits', LIMITS)
  const logLevel = oneOf('log-level', LOG_LEVELS)
  const host = env.KUBERNETES_SERVICE_HOST
  if (!host) problems.push('KUBERNETES_SERVICE_HOST is not set; run the webhook in a pod with a service account')
  const identity = env.HOSTNAME
  if (!identity) problems.push('HOSTNAME is not set; in a pod it is the pod name')
  const config: Config = {
    command: command as Command, // or there is a problem
    port: number('port', 0, 65_535),
    operationsPort: number('operations-port', 0, 65_535),
    namespace: values.namespace || readNamespace(values['service-account']),
    dnsNames: values['dns-names'].split(','),
    secret: values.secret,
    ...(values.configuration && {
      rotation: { configuration: values.configuration, lifetimeMs: duration('certificate-lifetime') }
    }),
    lease: values.lease,
    keepLeftovers: leftovers === 'keep',
    limits: limits === 'on',
    policy: values.policy,
    configuration: values.configuration,
    records: values.records.split(',').filter((name) => name !== ''),
    clusterDomain: values['cluster-domain'],
    labels: readLabels(values.labels),
    identity: identity ?? '',
    drainMs: duration('drain'),
    concurrency: number('concurrency', 1, 10_000),
    logLevel,
    apiServer: { host: host ?? '', port: Number(env.KUBERNETES_SERVICE_PORT ?? 443) },
    serviceAccountFolder: values['service-account']
  }
  return problems.length > 0 ? problems : config
}

function cleanupProblems(command: string, { records, configuration }: Readonly<Record<OptionName, string>>): string[] {
  if (command !== 'cleanup' || (records && configuration)) return []
  return [
    "cleanup needs --records (names of Helm's records of this release) and --configuration (its MutatingWebhookConfiguration)"
  ]
}

/** `a=b,c=d`, as kubectl takes them. The API server checks the values. */
function readLabels(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key = '', value = ''] = pair.split('=')
      return [key, value] as const
    })
  )
}
