// The webhook's settings, from its arguments; every problem with them at once. Knows no default of the chart.
import { parseArgs } from 'node:util'

/** `serve` admission; `test` that an annotated VirtualService is mirrored, for `helm test`. */
export type Verb = 'serve' | 'test'

export interface Config {
  readonly verb: Verb
  readonly port: number
  readonly operationsPort: number
  readonly namespace: string
  /** Names that the API server may call us by. */
  readonly dnsNames: readonly string[]
  readonly secret: string
  readonly configuration: string
  readonly certificateLifetimeMs: number
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
  configuration: { type: 'string', default: 'kubectl-mirror' },
  'certificate-lifetime': { type: 'string', default: '90d' },
  drain: { type: 'string', default: '10s' },
  concurrency: { type: 'string', default: '64' },
  'log-level': { type: 'string', default: 'info' },
  namespace: { type: 'string', default: '' },
  'service-account': { type: 'string', default: '/var/run/secrets/kubernetes.io/serviceaccount' }
} as const

type OptionName = keyof typeof OPTIONS

const VERBS: readonly string[] = ['serve', 'test'] satisfies Verb[]
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent']
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `readNamespace` reads the kubelet's file of that service account: where this pod runs, unless it is told. */
export function readConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  readNamespace: (folder: string) => string
): Config | string[] {
  let values: Record<OptionName, string>
  let verbs: string[]
  try {
    ;({ values, positionals: verbs } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true }))
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
  const problems: string[] = []
  const [verb = 'serve'] = verbs
  if (verbs.length > 1 || !VERBS.includes(verb)) problems.push(`${verbs.join(' ')} is not one of ${VERBS.join(', ')}`)
  const number = (name: OptionName, min: number, max: number): number => {
    const value = /^\d+$/.test(values[name]) ? Number(values[name]) : Number.NaN
    if (!(value >= min && value <= max)) problems.push(`--${name}: ${values[name]} is not a number in ${min}..${max}`)
    return value
  }
  const duration = (name: OptionName): number => {
    const [, count, unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(values[name]) ?? []
    if (!count) problems.push(`--${name}: ${values[name]} is not a duration; write for example 30s, 10m or 90d`)
    return Number(count) * (UNITS[unit] ?? Number.NaN)
  }
  if (!LOG_LEVELS.includes(values['log-level'])) {
    problems.push(`--log-level: ${values['log-level']} is not one of ${LOG_LEVELS.join(', ')}`)
  }
  const host = env.KUBERNETES_SERVICE_HOST
  if (!host) problems.push('KUBERNETES_SERVICE_HOST is not set: the webhook runs in a pod, with a service account')
  const config: Config = {
    verb: verb as Verb, // or there is a problem
    port: number('port', 0, 65_535),
    operationsPort: number('operations-port', 0, 65_535),
    namespace: values.namespace || readNamespace(values['service-account']),
    dnsNames: values['dns-names'].split(','),
    secret: values.secret,
    configuration: values.configuration,
    certificateLifetimeMs: duration('certificate-lifetime'),
    drainMs: duration('drain'),
    concurrency: number('concurrency', 1, 10_000),
    logLevel: values['log-level'],
    apiServer: { host: host ?? '', port: Number(env.KUBERNETES_SERVICE_PORT ?? 443) },
    serviceAccountFolder: values['service-account']
  }
  return problems.length > 0 ? problems : config
}
