// Tells live requests from copies among the records of one request id. Knows no time and no order.
import type { RequestRecord } from '../sources/record.ts'

/*
 * A limit gives copies a subset of their own, which their record may show. Else:
 *
 * The sender's proxy appends its own address to the x-forwarded-for of a copy, never of the live request. So of the records of
 * one request, those with one more entry are the copies, whatever the first entries are.
 *
 *   called from        live            its copy
 *   a mesh pod         -               10.0.0.7
 *   a gateway          192.0.2.1       192.0.2.1,10.0.0.9
 *
 * A single record has nothing to compare with. Then its last entry decides, if other copies had it, or else the version that
 * it reached.
 */
export class Roles {
  /** Addresses of proxies that have sent copies, as they append them. */
  readonly #senders = new Set<string>()
  readonly #mirrorServesLive: boolean

  /** `mirrorServesLive`: the mirrored version also serves live requests, as in a canary. */
  constructor(mirrorServesLive: boolean) {
    this.#mirrorServesLive = mirrorServesLive
  }

  /** All records of one request id, method and path. */
  tell(records: readonly RequestRecord[]): { lives: RequestRecord[]; copies: RequestRecord[] } {
    const depths = records.flatMap(({ forwarded }) => (forwarded ? [forwarded.length] : []))
    const shallowest = depths.reduce((least, depth) => Math.min(least, depth), Number.POSITIVE_INFINITY)
    const differ = depths.some((depth) => depth > shallowest)
    const lives: RequestRecord[] = []
    const copies: RequestRecord[] = []
    for (const record of records) {
      const isDeeper = differ && record.forwarded ? record.forwarded.length > shallowest : undefined
      const isCopy = record.isCopy === true || (isDeeper ?? this.#isCopyAlone(record))
      if (isCopy && (differ || record.isCopy)) this.#remember(record)
      ;(isCopy ? copies : lives).push(record)
    }
    return { lives, copies }
  }

  /** A record that says it is none may yet be another VirtualService's copy: that shows in the others of its id. */
  #isCopyAlone({ forwarded, authority, workload, isCopy }: RequestRecord): boolean {
    if (authority !== undefined && SHADOW_HOST.test(authority)) return true
    if (isCopy === false && this.#mirrorServesLive) return false
    if (forwarded === undefined) return workload === 'mirror'
    const sender = forwarded.at(-1)
    if (sender === undefined) return false
    return this.#senders.has(sender) || (workload === 'mirror' && !this.#mirrorServesLive)
  }

  #remember({ forwarded }: RequestRecord): void {
    const sender = forwarded?.at(-1)
    if (sender !== undefined && this.#senders.size < MOST_SENDERS) this.#senders.add(sender)
  }
}

const SHADOW_HOST = /-shadow(:\d+)?$/
const MOST_SENDERS = 10_000
