// Plans a request that a mirrored rule matches. Pure.
import { fromDestination } from '../../mirror/target.ts'
import { primaryOf } from '../../mirror/resolve-targets.ts'
import { readRules } from '../../mirror/kind-of.ts'
import type { HttpMatch, HttpRule, StringMatch, VirtualService } from '../../mirror/virtual-service.ts'
import { mirrorsOf } from '../resources/destinations.ts'
import { UserError } from '../io/errors.ts'

export interface ProbeRequest {
  readonly url: string
  readonly method: string
  /** `name: value` */
  readonly headers: readonly string[]
  /** How often to send it, so that at the mirror's percentage one copy is almost certain. */
  readonly times: number
}

export interface Called {
  /** Of the Service that is called, where its rules may send to another; absent: the destination's. */
  readonly port?: number | undefined
  /** For rules that name none. */
  readonly otherwise?: number | undefined
  readonly path?: string | undefined
}

export function planRequest({ spec, ...object }: VirtualService, { port, otherwise = 80, path }: Called): ProbeRequest {
  const rule = readRules({ spec: spec ?? {}, ...object }).find((one) => mirrorsOf(one).length > 0)
  const host = spec?.hosts?.find((one) => !one.includes('*'))
  if (!rule) throw new UserError('--probe: no rule mirrors')
  if (host === undefined)
    throw new UserError('--probe: every host of the VirtualService is a pattern with *, so none can be called')
  const match = rule.match?.[0] ?? {}
  const destination = fromDestination(primaryOf(rule) ?? {})
  return {
    url: `http://${host}:${port ?? destination.port ?? otherwise}${path ?? pathFor(match)}`,
    method: valueFor(match.method) ?? 'GET',
    headers: Object.entries(match.headers ?? {}).map(([name, one]) => `${name}: ${valueFor(one) ?? 'kubectl-mirror'}`),
    times: repetitions(rule)
  }
}

function pathFor({ uri }: HttpMatch): string {
  return valueFor(uri) ?? '/'
}

/** Of a regex, a plain alternative: `GET` of `GET|HEAD`. */
function valueFor(match: StringMatch | null | undefined): string | undefined {
  const { exact, prefix, regex } = match ?? {}
  const plain = regex?.split('|').find((one) => /^[\w/-]+$/.test(one))
  return exact ?? prefix ?? plain ?? undefined
}

/** The chance that none is copied stays under one in a thousand, up to 200 requests. */
function repetitions(rule: HttpRule): number {
  const share = mirrorsOf(rule).reduce((least, { percent }) => Math.min(least, percent), 100) / 100
  return share >= 1 ? 1 : Math.min(200, Math.ceil(Math.log(0.001) / Math.log(1 - share)))
}
