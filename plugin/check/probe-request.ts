// A request that a mirrored rule takes, made from the rule's own match. Pure.
import { fromDestination } from '../../mirror/target.ts'
import { primaryOf } from '../../mirror/resolve-targets.ts'
import {
  httpRules,
  type HttpMatch,
  type HttpRule,
  type StringMatch,
  type VirtualService
} from '../../mirror/virtual-service.ts'
import { mirrorsOf } from '../resources/destinations.ts'
import { UserError } from '../io/errors.ts'

export interface ProbeRequest {
  readonly url: string
  readonly method: string
  /** `name: value` */
  readonly headers: readonly string[]
  /** Enough that, at the mirror's percentage, one is copied almost surely. */
  readonly times: number
}

/** `port`: of the Service, for rules that name none. */
export function planRequest({ spec, ...object }: VirtualService, port = 80, path?: string): ProbeRequest {
  const rule = httpRules({ spec: spec ?? {}, ...object }).find((one) => mirrorsOf(one).length > 0)
  const host = spec?.hosts?.find((one) => !one.includes('*'))
  if (!rule) throw new UserError('--probe: no rule mirrors anything')
  if (host === undefined) throw new UserError('--probe: no host of the VirtualService can be called; each has a *')
  const match = rule.match?.[0] ?? {}
  const destination = fromDestination(primaryOf(rule) ?? {})
  return {
    url: `http://${host}:${destination.port ?? port}${path ?? pathFor(match)}`,
    method: valueFor(match.method) ?? 'GET',
    headers: Object.entries(match.headers ?? {}).map(([name, one]) => `${name}: ${valueFor(one) ?? 'kubectl-mirror'}`),
    times: repetitions(rule)
  }
}

function pathFor({ uri }: HttpMatch): string {
  return valueFor(uri) ?? '/'
}

/** Of an expression only the plain alternatives can be told: `GET|HEAD`. */
function valueFor(match: StringMatch | null | undefined): string | undefined {
  const { exact, prefix, regex } = match ?? {}
  const plain = regex?.split('|').find((one) => /^[\w/-]+$/.test(one))
  return exact ?? prefix ?? plain ?? undefined
}

/** The chance that none of them is copied stays under one in a thousand, as far as 200 requests go. */
function repetitions(rule: HttpRule): number {
  const share = mirrorsOf(rule).reduce((least, { percent }) => Math.min(least, percent), 100) / 100
  return share >= 1 ? 1 : Math.min(200, Math.ceil(Math.log(0.001) / Math.log(1 - share)))
}
