// One followed container, over all its restarts: its tail, its lane in the merge, and the API path of its log.
import type { Cluster } from '../client/client.ts'
import { ApiError } from '../io/errors.ts'
import { podsPath, type Pod } from '../resources/pods.ts'
import type { Pause } from '../resources/backoff.ts'
import { StateCell, stateOf } from './containers.ts'
import type { FirstLines } from './log-query.ts'
import type { Lane, Merge } from './merge.ts'
import type { Notify } from './notices.ts'
import type { Origin, Selection } from './origin.ts'
import { Tail, type TailDependencies } from './tail.ts'

export interface Followed {
  /** The key of its selection. */
  readonly source: string
  readonly podUid: string
  origin: Origin
  readonly cell: StateCell
  readonly lane: Lane<Origin>
  readonly tail: Tail
  /** Set while its log is read. */
  reading: AbortController | undefined
  /** Resolves when the last reading has ended. */
  rest: Promise<void>
}

export interface FollowedDependencies extends Pick<TailDependencies, 'isFatal'> {
  readonly cluster: Cluster
  readonly merge: Merge<Origin>
  readonly notify: Notify
  readonly pause: Pause
  readonly now: () => number
}

export function makeFollowed(
  source: Selection,
  pod: Pod,
  container: { readonly name: string; readonly isOneOfSeveral: boolean },
  first: FirstLines,
  { cluster, merge, notify, ...others }: FollowedDependencies
): Followed {
  const { uid, namespace, name: podName } = pod.metadata
  const { name, isOneOfSeveral } = container
  const { key, role, version } = source
  const node = pod.spec?.nodeName ?? ''
  const origin: Origin = { role, version, namespace, pod: podName, container: name, node, isOneOfSeveral }
  const path = `${podsPath(namespace)}/${encodeURIComponent(podName)}/log`
  const cell = new StateCell(stateOf(pod, name))
  const lane = merge.lane(origin)
  const tail = new Tail(first, {
    ...others,
    isAbsent: (error) => error instanceof ApiError && (error.status === 400 || error.status === 404),
    cell,
    open: (query, signal) => cluster.stream(path, { query: { ...query, container: name, timestamps: true }, signal }),
    write: (lines) => lane.write(lines),
    notify: (event) => {
      if (event.type === 'connected') lane.begin()
      notify({ type: 'tail', origin, event })
    }
  })
  return { source: key, podUid: uid, origin, cell, lane, tail, reading: undefined, rest: Promise.resolve() }
}
