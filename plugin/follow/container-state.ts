// Which log the kubelet gives for a container, as its pod's status has it, and waiting for that to change.
import { once, EventEmitter } from 'node:events'
import type { Pod } from '../resources/pods.ts'

export interface ContainerState {
  /** Whose log a request gets; absent while there is none. */
  readonly id?: string
  /** Whose log a request with `previous` gets. */
  readonly previousId?: string
  readonly isRunning: boolean
  /** The pod has been deleted: what was not read yet is lost. */
  readonly isGone: boolean
}

/** As the kubelet chooses (validateContainerLogStatus): the running one, else the one that ended last. */
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

/** The newest state, for the one who reads the log. */
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

  /** The id that the container has now, and every one that it will have until this is called again. */
  collectIds(): ReadonlySet<string> {
    this.#ids = new Set(this.#state.id === undefined ? [] : [this.#state.id])
    return this.#ids
  }

  /** Rejects when the signal aborts. */
  async changed(signal: AbortSignal): Promise<void> {
    await once(this.#changes, 'change', { signal })
  }
}
