// The access logs of many pods of two versions, as the kubelet sends them, and what a comparison of them must find. Serves nothing.
//
// Lines are made ahead: each second a pod writes the same ones, with other times and ids, so that writing them costs next to nothing.
import type { Workload } from '../../plugin/compare/sources/record.ts'

export interface Load {
  /** Of each version. */
  readonly pods: number
  /** Live requests a second. Nearly each has a copy, so there are twice as many records. */
  readonly rate: number
}

/** How the requests of one endpoint ended. */
export interface Truth {
  requests: number
  copied: number
  /** 500 from v2, 200 from v1. */
  differing: number
}

const ENDPOINTS = ['items', 'orders', 'users', 'carts'] as const
type Endpoint = (typeof ENDPOINTS)[number]

/** `GET /items/{id}` */
export function nameOf(endpoint: Endpoint): string {
  return `GET /${endpoint}/{id}`
}

export class PodLog {
  readonly #lines: readonly Line[]
  readonly #bytes: Buffer
  readonly lines: number

  constructor(lines: readonly Line[]) {
    this.#lines = lines
    this.lines = lines.length
    this.#bytes = Buffer.from(lines.map(({ text }) => text).join(''), 'latin1')
    let start = 0
    for (const line of lines) {
      line.start = start
      start += line.text.length
    }
  }

  /** What the pod's sidecar writes at the end of this second since 1970, as Envoy does: all at once. */
  at(second: number): Buffer {
    const bytes = Buffer.from(this.#bytes)
    const written = timeOf(second + 1)
    const begun = timeOf(second)
    for (const { start, beginAt, idAt, slot } of this.#lines) {
      written.copy(bytes, start)
      begun.copy(bytes, start + beginAt)
      bytes.write(hex(mix(slot, second)), start + idAt, 'latin1')
    }
    return bytes
  }
}

interface Line {
  readonly slot: number
  readonly text: string
  readonly beginAt: number
  /** Of the id's last eight digits. */
  readonly idAt: number
  start: number
}

/** The logs of one version's pods. */
export function podLogs(workload: Workload, { pods, rate }: Load): PodLog[] {
  const lines = Array.from({ length: pods }, (): Line[] => [])
  for (let slot = 0; slot < rate; slot++) {
    if (workload === 'mirror' && !isCopied(slot)) continue
    const pod = podOf(workload, slot, pods)
    lines[pod]!.push(makeLine(workload, slot, rate, pod / pods, lines[pod]!.length))
  }
  return lines.map((one) => new PodLog(one))
}

/** Of so many seconds, by endpoint; `isChosen`: of these requests alone. */
export function truthOf(
  { rate }: Load,
  first: number,
  seconds: number,
  isChosen: (id: string) => boolean = () => true
): Map<string, Truth> {
  const truth = new Map(ENDPOINTS.map((one) => [nameOf(one), { requests: 0, copied: 0, differing: 0 }]))
  for (let second = first; second < first + seconds; second++) {
    for (let slot = 0; slot < rate; slot++) {
      if (!isChosen(idOf(slot, second))) continue
      const found = truth.get(nameOf(endpointOf(slot)))!
      found.requests++
      if (!isCopied(slot)) continue
      found.copied++
      if (statusOf('mirror', slot) !== 200) found.differing++
    }
  }
  return truth
}

function endpointOf(slot: number): Endpoint {
  return ENDPOINTS[slot % ENDPOINTS.length]!
}

function nthOfEndpoint(slot: number): number {
  return Math.floor(slot / ENDPOINTS.length)
}

/** One in fifty copies of /carts is missing. */
function isCopied(slot: number): boolean {
  return endpointOf(slot) !== 'carts' || nthOfEndpoint(slot) % 50 !== 0
}

/** One in a hundred of /orders fails on v2. */
function statusOf(workload: Workload, slot: number): number {
  return workload === 'mirror' && endpointOf(slot) === 'orders' && nthOfEndpoint(slot) % 100 === 0 ? 500 : 200
}

/** /users is slower on v2 by two fifths. */
function durationOf(workload: Workload, slot: number): number {
  const live = 10 + (nthOfEndpoint(slot) % 11)
  return workload === 'mirror' && endpointOf(slot) === 'users' ? Math.round(live * 1.4) : live
}

/** A copy's pod is not the one with the same number. */
function podOf(workload: Workload, slot: number, pods: number): number {
  return workload === 'live' ? slot % pods : (slot * 7 + 3) % pods
}

/** `share`: of a second, when this pod writes its lines. */
function makeLine(workload: Workload, slot: number, rate: number, share: number, nth: number): Line {
  const isCopy = workload === 'mirror'
  const nanos = Math.floor(share * 9e8) + nth * 1000
  const stamp = `${NO_TIME}.${String(nanos).padStart(9, '0')}Z [`
  const milliseconds = Math.floor((slot * 1000) / rate)
  const duration = durationOf(workload, slot)
  const status = statusOf(workload, slot)
  const path = `/${endpointOf(slot)}/${nthOfEndpoint(slot)}?page=${slot % 7}`
  const before =
    `${stamp}${NO_TIME}.${String(milliseconds).padStart(3, '0')}Z] "GET ${path} HTTP/1.1" ${status} - via_upstream - "-" ` +
    `0 ${300 + (nthOfEndpoint(slot) % 90)} ${duration} ${duration - 1} "${isCopy ? '10.0.0.7' : '-'}" ` +
    '"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" "'
  const id = idOf(slot, 0)
  const after =
    `" "shop:8000" "10.0.0.9:80" inbound|80|| 127.0.0.6:41 10.0.0.9:80 10.0.0.7:0 ` +
    `outbound_.8000_.${isCopy ? 'v2' : 'v1'}_.shop.prod.svc.cluster.local default\n`
  const idAt = before.length + id.length - 8
  return { slot, text: before + id + after, beginAt: stamp.length, idAt, start: 0 }
}

const NO_TIME = '2000-01-01T00:00:00'

function timeOf(second: number): Buffer {
  return Buffer.from(new Date(second * 1000).toISOString().slice(0, NO_TIME.length), 'latin1')
}

function idOf(slot: number, second: number): string {
  return `${hex(slot)}-8b86-4011-b42d-00c0${hex(mix(slot, second))}`
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}

/** Another number for each second (murmur3's finalizer turns no two into one). */
function mix(slot: number, second: number): number {
  let mixed = Math.imul(slot, 0x9e3779b1) ^ second
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
