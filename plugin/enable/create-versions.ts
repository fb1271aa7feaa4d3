// The versions of a Service, by the labels of its pods, and which of them answers every request after `enable --create`. Pure.
import { UserError } from '../io/errors.ts'
import { isReady, type Pod } from '../resources/pods.ts'
import type { Service } from '../resources/services.ts'
import { describeUnready } from '../resources/unready.ts'

/** The label by which Istio's own tools tell versions apart. */
export const VERSION_LABEL = 'version'

export interface Versions {
  /** Name -> value of the label. */
  readonly labels: ReadonlyMap<string, string>
  /** The name of the one that answers. */
  readonly live: string
}

/** Names of versions. */
export interface Wanted {
  /** Values of --from; empty: the one version that is not a target. */
  readonly from: readonly string[]
  /** Those that get copies. */
  readonly to: readonly string[]
}

/** The live version is known, but has no ready pod yet. */
export class NoReadyPod extends UserError {}

export function chooseVersions({ name }: Service, pods: readonly Pod[], wanted: Wanted): Versions {
  const labels = versionsOf(name, pods)
  refuseMissing(name, [...labels.keys()], [...wanted.from, ...wanted.to])
  return { labels, live: chooseLive(name, pods, { names: [...labels.keys()], ...wanted }) }
}

/** Sorted by name. Pods that end are none. */
export function versionsOf(service: string, pods: readonly Pod[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { metadata } of pods) {
    const label = metadata.labels?.[VERSION_LABEL]
    if (label === undefined || metadata.deletionTimestamp !== undefined) continue
    const name = nameOf(label)
    if (name === '') continue
    const other = found.get(name)
    if (other !== undefined && other !== label) {
      throw new UserError(
        `pods of Service ${service} have labels ${VERSION_LABEL}=${other} and ${VERSION_LABEL}=${label}, ` +
          `which would both be called ${name}; relabel one of them`
      )
    }
    found.set(name, label)
  }
  return new Map([...found].toSorted(([one], [two]) => (one < two ? -1 : 1)))
}

/** Labels allow dots, capitals and underscores; names of subsets and Services don't. */
function nameOf(version: string): string {
  return version
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

function refuseMissing(service: string, versions: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.filter((name) => !versions.includes(name))
  if (missing.length === 0) return
  const has = versions.length > 0 ? `they have ${versions.join(', ')}` : 'they have none'
  throw new UserError(`no pod of Service ${service} has label ${VERSION_LABEL}=${missing.join(' or ')}; ${has}`)
}

interface Choice extends Wanted {
  /** Of all versions. */
  readonly names: readonly string[]
}

/** Only a version with a ready pod: it will get every live request. */
function chooseLive(service: string, pods: readonly Pod[], { names, from, to }: Choice): string {
  const ready = versionsOf(service, pods.filter(isReady))
  const possible = from.length > 0 ? from : names.filter((name) => !to.includes(name))
  const able = from.length > 0 ? from : possible.filter((name) => ready.has(name))
  const [only, ...others] = able
  if (others.length > 0)
    throw new UserError(`several versions could be the live one: ${able.join(', ')}; choose one with --from`)
  if (only !== undefined && ready.has(only)) return only
  if (possible.length === 0) {
    throw new UserError(
      `Service ${service} has only pods of the target (${to.join(', ')}); start another version to be the live one`
    )
  }
  const why = describeUnready(
    pods.filter((pod) =>
      versionsOf(service, [pod])
        .keys()
        .some((name) => possible.includes(name))
    )
  )
  if (possible.length > 1) {
    throw new UserError(
      `no version other than the target has a ready pod: ${why}; choose one with --from, and add --wait`
    )
  }
  throw new NoReadyPod(
    from.length > 0
      ? `version ${from.join()} has no ready pod: ${why}`
      : `no version other than the target has a ready pod: ${why}`
  )
}
