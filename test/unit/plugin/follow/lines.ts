// Lines as the tests write them, and origins to print them with.
import { isStamped, StampReader, type StampedLine } from '../../../../plugin/follow/line.ts'
import type { Origin, Role } from '../../../../plugin/follow/origin.ts'

/** `00:00:01.5 hello`: on 2027-01-15, in UTC. */
export function lineOf(text: string): StampedLine {
  const [, time = '', fraction = '', content = ''] = /^(\d\d:\d\d:\d\d)\.?(\d*) (.*)$/s.exec(text) ?? []
  const bytes = Buffer.from(`2027-01-15T${time}.${fraction.padEnd(9, '0')}Z ${content}`)
  const line = new StampReader().read(bytes, 0, bytes.length)
  if (!isStamped(line)) throw new Error(`${JSON.stringify(text)} has no time`)
  return line
}

export function textOf({ bytes, content, end }: StampedLine): string {
  return bytes.toString('utf8', content, end)
}

export function originOf(role: Role, version: string, more: Partial<Origin> = {}): Origin {
  const pod = `httpbin-${version}-6f5c9b-x7k2p`
  return { role, version, pod, namespace: 'prod', container: 'app', node: 'node1', isOneOfSeveral: false, ...more }
}
