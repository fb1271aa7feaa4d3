// The webhook under test, as its faults need it: its processes, its leader, its replicas. Breaks nothing by itself.
import { setTimeout as sleep } from 'node:timers/promises'
import { onlyReplicas } from '../install.ts'
import { kubectl } from '../kubectl.ts'
import { NAME, PLACE } from '../release.ts'
import { processesOf, type Process } from './node.ts'

export const DEPLOYMENT = [`deployment/${NAME}`, ...PLACE]
export const ADMISSION_PORT = '8443'
/** As the chart has it, milliseconds. */
export const TIMEOUT = 5000

export function replicas(): Promise<Process[]> {
  return processesOf(PLACE[1], `app.kubernetes.io/name=${NAME},pod-template-hash`, 'webhook')
}

export async function leader(): Promise<Process> {
  const name = await kubectl('get', 'lease', NAME, ...PLACE, '--output=jsonpath={.spec.holderIdentity}')
  const found = (await replicas()).find(({ pod }) => pod === name)
  if (found === undefined) throw new Error(`the leader, ${name}, does not run`)
  return found
}

export async function scale(count: number): Promise<void> {
  await kubectl('scale', `--replicas=${count}`, ...DEPLOYMENT)
  await onlyReplicas(count)
  if (count > 0) await ready()
}

/** A container that has just been killed may still count as ready. */
export async function ready(): Promise<void> {
  await sleep(1000)
  await kubectl('rollout', 'status', '--timeout=3m', ...DEPLOYMENT)
}

/** A JSON merge patch. */
export function patch(object: string, content: object): Promise<string> {
  return kubectl('patch', object, ...PLACE, '--type=merge', '--patch', JSON.stringify(content))
}
