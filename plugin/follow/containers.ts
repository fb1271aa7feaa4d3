// Which containers of a pod are followed, and which log the kubelet serves for each, by the pod's status.
import { once, EventEmitter } from 'node:events'
import type { Pod } from '../resources/pods.ts'

export interface ContainerChoice {
  /** Only those, of every kind: init and ephemeral containers too. */
  readonly include?: RegExp
  readonly exclude: readonly RegExp[]
}

/** Istio's own. `-c istio-proxy` shows them. */
const ISTIO = /^istio-(proxy|init|validation)$/

/** By default the application's containers, without init containers and Istio's. */
export function chosenContainers(pod: Pod, { include, exclude }: ContainerChoice): string[] {
  const names = include ? statusesOf(pod).map(({ name }) => name) : namesOfApplications(pod)
  return names.filter((name) => (include?.test(name) ?? true) && !exclude.some((one) => one.test(name)))
}

function namesOfApplications({ status }: Pod): string[] {
  return (status?.containerStatuses ?? []).map(({ name }) => name).filter((name) => !ISTIO.test(name))
}

export interface ContainerState {
  /** The container whose log a request gets; absent while there is none. */
  readonly id?: string
  /** The container whose log a request with `previous` gets. */
  readonly previousId?: string
  readonly isRunning: boolean
  /** The pod was deleted: what was not read yet is lost. */
  readonly isGone: boolean
}

/** As the kubelet chooses (validateContainerLogStatus): the running container, else the last one that ended. */
export function stateOf(pod: Pod, container: string): ContainerState {
  const status = statusesOf(pod).find(({ name }) => name === container)
  const { running, terminated } = status?.state ?? {}
  const previousId = status?.lastState?.terminated?.containerID
  const id = running ? status?.containerID : terminated?.containerID || previousId
  return {
    ...(id && { id }),
    ...(previousId && { previousId }),
    isRunning: running !== undefined,
    isGone: false
  }
}

export function statusesOf({ status }: Pod) {
  return [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? [])
  ]
}

/** The newest state, and a way to wait for the next one. */
export class StateCell {
  #state: ContainerState
  #ids = new Set<string>()
  readonly #changes = new EventEmitter()

  constructor(state: ContainerState) {
    this.#state = state
  }

  get state(): ContainerState {
    return this.#state
  }

  set(state: ContainerState): void {
    this.#state = state
    if (state.id !== undefined) this.#ids.add(state.id)
    this.#changes.emit('change')
  }

  /** A set of the current id, to which later ids are added until the next call. */
  collectIds(): ReadonlySet<string> {
    this.#ids = new Set(this.#state.id === undefined ? [] : [this.#state.id])
    return this.#ids
  }

  /** Rejects when the signal aborts. */
  async changed(signal: AbortSignal): Promise<void> {
    await once(this.#changes, 'change', { signal })
  }
}
