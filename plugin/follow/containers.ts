// Which containers of a pod are followed. Pure.
import type { Pod } from '../resources/pods.ts'
import { statusesOf } from './container-state.ts'

export interface ContainerChoice {
  /** Only those; of every kind, also init and ephemeral ones. */
  readonly include?: RegExp
  readonly exclude: readonly RegExp[]
}

/** Istio's own: their logs are not what is compared. `-c istio-proxy` shows them. */
const ISTIO = /^istio-(proxy|init|validation)$/

/** Without a choice: the pod's applications, neither what prepared it nor the mesh. */
export function chosenContainers(pod: Pod, { include, exclude }: ContainerChoice): string[] {
  const names = include ? statusesOf(pod).map(({ name }) => name) : namesOfApplications(pod)
  return names.filter((name) => (include?.test(name) ?? true) && !exclude.some((one) => one.test(name)))
}

function namesOfApplications({ status }: Pod): string[] {
  return (status?.containerStatuses ?? []).map(({ name }) => name).filter((name) => !ISTIO.test(name))
}
