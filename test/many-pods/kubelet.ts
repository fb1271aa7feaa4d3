// A model of the kubelet, in a process of its own: serves the logs of many pods, over TLS, and writes to those that are followed.
//
// Arguments: its key, its certificate, the load as JSON. Its parent says how many seconds to write; it says where it listens,
// and then what it wrote.
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { podLogs, type Load, type PodLog } from './traffic.ts'

export interface Written {
  /** Since 1970: the first one written. */
  readonly first: number
  readonly lines: number
  /** Milliseconds by which the latest write was late: more than some hundreds, and this process was the bottleneck. */
  readonly late: number
  /** Bytes that waited for their readers, at most. */
  readonly waiting: number
}

/** To the parent. */
export type Said = { readonly port: number } | { readonly followed: number } | { readonly written: Written }

const [key = '', certificate = '', load = '{}'] = process.argv.slice(2)
const logs = new Map<string, PodLog>()
for (const [version, workload] of [
  ['v1', 'live'],
  ['v2', 'mirror']
] as const) {
  for (const [index, log] of podLogs(workload, JSON.parse(load) as Load).entries())
    logs.set(`shop-${version}-${index}`, log)
}
const followers = new Map<string, ServerResponse>()

const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'https://kubelet')
  const [, pod = ''] = /^\/containerLogs\/[^/]+\/([^/]+)\/istio-proxy$/.exec(pathname) ?? []
  const log = logs.get(pod)
  if (log === undefined) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'content-type': 'text/plain' })
  if (searchParams.get('follow') === 'true') follow(pod, response)
  else response.end(log.at(Math.floor(Date.now() / 1000) - 60))
})
server.listen(0, '127.0.0.1', () => say({ port: (server.address() as AddressInfo).port }))

process.on('message', (seconds: number) => void write(seconds).then((written) => say({ written })))
process.on('disconnect', () => process.exit())

function follow(pod: string, response: ServerResponse): void {
  response.flushHeaders()
  followers.set(pod, response)
  response.on('close', () => followers.delete(pod))
  say({ followed: followers.size })
}

/** Each pod once a second, one after the other. */
async function write(seconds: number): Promise<Written> {
  const first = Math.floor(Date.now() / 1000)
  const names = [...logs.keys()]
  let [lines, late, waiting] = [0, 0, 0]
  for (let second = first; second < first + seconds; second++) {
    for (const [index, name] of interleaved(names).entries()) {
      const due = (second + 1) * 1000 + (index * 900) / names.length
      if (due - Date.now() > 1) await sleep(due - Date.now())
      late = Math.max(late, Date.now() - due)
      const log = logs.get(name)!
      const follower = followers.get(name)
      if (follower === undefined) throw new Error(`nobody follows ${name}`)
      follower.write(log.at(second))
      lines += log.lines
      waiting = Math.max(waiting, follower.writableLength)
    }
  }
  return { first, lines, late: Math.round(late), waiting }
}

/** A pod of v1, one of v2, and so on. */
function interleaved(names: readonly string[]): string[] {
  const half = names.length / 2
  return names.map((_, index) => names[(index % 2) * half + Math.floor(index / 2)]!)
}

function say(said: Said): void {
  process.send?.(said)
}
