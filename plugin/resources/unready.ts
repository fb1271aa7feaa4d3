// Why a pod is not ready, as its status has it. Pure.
import { listed } from '../../mirror/problem.ts'
import { isReady, type Condition, type ContainerStatus, type Pod } from './pods.ts'

/** `pod httpbin-v1-x: container app waits: ImagePullBackOff; pod ...`; of the ready ones nothing. */
export function describeUnready(pods: readonly Pod[]): string {
  const unready = pods.filter((pod) => !isReady(pod))
  return listed(unready, (pod) => `pod ${pod.metadata.name}: ${whyUnready(pod)}`, '; ')
}

/** As `kubectl get pods` finds its STATUS: an init container's state hides those after it. */
export function whyUnready(pod: Pod): string {
  const { metadata, status } = pod
  if (metadata.deletionTimestamp !== undefined) return 'is being deleted'
  const { phase = '' } = status ?? {}
  if (phase === 'Succeeded' || phase === 'Failed') return `has ended (${status?.reason ?? phase})`
  const failing = (wanted: string) =>
    status?.conditions?.find(({ type, status: is }) => type === wanted && is === 'False')
  const scheduled = failing('PodScheduled')
  if (scheduled) return `is not scheduled: ${reasonOf(scheduled) ?? 'no node is found'}`
  return containerAtFault(pod) ?? reasonOf(failing('Ready')) ?? 'no kubelet has started it yet'
}

function reasonOf(condition: Condition | undefined): string | undefined {
  return condition?.message ?? condition?.reason
}

function containerAtFault({ spec, status }: Pod): string | undefined {
  const sidecars = new Set(spec?.initContainers?.flatMap((one) => (one.restartPolicy === 'Always' ? one.name : [])))
  const initial = status?.initContainerStatuses?.map((one) => describeContainer(one, sidecars.has(one.name))) ?? []
  const others = status?.containerStatuses?.map((one) => describeContainer(one, true)) ?? []
  return [...initial, ...others].find((text) => text !== undefined)
}

/** Undefined: it holds nothing up. `runs`: it is to run on, not to end. */
function describeContainer({ name, ready, state }: ContainerStatus, runs: boolean): string | undefined {
  const { waiting, terminated, running } = state ?? {}
  if (waiting) return `container ${name} waits${waiting.reason ? `: ${waiting.reason}` : ''}`
  if (terminated && (runs || terminated.exitCode !== 0)) {
    return `container ${name} has ended: ${terminated.reason ?? `exit code ${terminated.exitCode ?? 'unknown'}`}`
  }
  if (!running) return undefined
  if (!runs) return `init container ${name} still runs`
  return ready === false ? `container ${name} runs, but is not ready` : undefined
}
