// Checks all that a tap needs before anything is changed, and names all that is missing at once.
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../../client/client.ts'
import { ApiError, UserError } from '../../io/errors.ts'
import { statusesOf } from '../../follow/containers.ts'
import type { Selection } from '../../follow/origin.ts'
import { isAllowed, type Permission } from '../../client/permission.ts'
import { hasSidecar, listPods, SIDECAR, type Pod } from '../../resources/pods.ts'
import { askAdmin, readText } from './admin.ts'
import { TAP_FILTER } from './envoy-filter.ts'

/** Each pod is one connection, and reading only some would leave requests without their copies. */
export const MOST_PODS = 100
const DOCS = 'https://github.com/kubectl-mirror/kubectl-mirror/blob/main/docs/diff.md'

export const TAP_PERMISSIONS: readonly Permission[] = [
  ...['create', 'delete', 'list', 'patch'].map((verb) => ({
    verb,
    group: 'networking.istio.io',
    resource: 'envoyfilters'
  })),
  ...['list', 'watch'].map((verb) => ({ verb, group: '', resource: 'pods' })),
  { verb: 'get', group: '', resource: 'pods', subresource: 'portforward' }
]

export const BASELINE_PERMISSION: Permission = {
  verb: 'patch',
  group: 'networking.istio.io',
  resource: 'virtualservices'
}

export async function checkPermissions(
  cluster: Cluster,
  permissions: readonly Permission[],
  namespaces: readonly string[]
): Promise<void> {
  const asked = namespaces.flatMap((namespace) => permissions.map((permission) => ({ ...permission, namespace })))
  const reviews = await Promise.all(
    asked.map(({ namespace, ...permission }) => isAllowed(cluster, namespace, permission))
  )
  const denied = asked.filter((_, index) => !reviews[index])
  if (denied.length === 0) return
  throw new UserError(
    denied.map(({ verb, group, resource, subresource, namespace }) => {
      const name = [resource + (group && `.${group}`), subresource].filter(Boolean).join('/')
      return `you may not ${verb} ${name} in ${namespace}; the Role that diff needs is in ${DOCS}`
    })
  )
}

/** Each version needs pods, each pod a sidecar, and each sidecar a free tap. */
export async function checkSidecars(
  cluster: Cluster,
  selections: readonly Selection[],
  { signal, now }: Clocked
): Promise<void> {
  const listed = await Promise.all(
    selections.map(async (selection) => ({ selection, pods: (await listPods(cluster, selection)).filter(isWanted) }))
  )
  const pods = listed.flatMap((one) => one.pods)
  const problems = listed
    .filter(({ pods: found }) => found.length === 0)
    .map(({ selection: { version, namespace } }) => `${version} has no running pod in ${namespace}`)
  if (pods.length > MOST_PODS) {
    problems.push(
      `${pods.length} pods run, and at most ${MOST_PODS} sidecars can be tapped; kubectl mirror compare reads access logs instead`
    )
  }
  const found =
    pods.length > MOST_PODS ? [] : await Promise.all(pods.map((pod) => problemOf(cluster, pod, { signal, now })))
  problems.push(...found.filter((problem) => problem !== undefined))
  if (problems.length > 0) throw new UserError(problems)
}

function isWanted({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase === 'Running'
}

interface Clocked {
  readonly signal: AbortSignal
  /** Milliseconds since 1970. */
  readonly now: () => number
}

async function problemOf(cluster: Cluster, pod: Pod, clocked: Clocked): Promise<string | undefined> {
  const { name, namespace } = pod.metadata
  const subject = `pod ${name} in ${namespace}`
  if (!hasSidecar(pod))
    return `${subject} has no sidecar (no container ${SIDECAR}), so nothing can record its responses`
  // Opening the taps waits for a sidecar that is starting.
  if (!isSidecarRunning(pod)) return undefined
  try {
    const build = await ask(cluster, pod, {
      method: 'GET',
      path: '/config_dump?mask=bootstrap.node.extensions',
      signal: clocked.signal
    })
    if (build.status === 200 && build.text.includes('extensions') && !build.text.includes(`"${TAP_FILTER}"`)) {
      return `${subject}: its proxy was built without ${TAP_FILTER}; use the proxy image of Istio itself`
    }
    if (await isInUse(cluster, pod, clocked)) {
      return `${subject}: another run is reading its tap, and Envoy serves one reader at a time; wait for it to end`
    }
    return undefined
  } catch (error) {
    if (clocked.signal.aborted || error instanceof ApiError) throw error
    return `${subject}: its admin port does not respond: ${(error as Error).message}`
  }
}

/** The API server, the kubelet and the container runtime take a moment to close the connection of a run that has ended. */
async function isInUse(cluster: Cluster, pod: Pod, { signal, now }: Clocked): Promise<boolean> {
  const deadline = now() + CLOSED_WITHIN
  for (;;) {
    const { text } = await ask(cluster, pod, {
      method: 'POST',
      path: '/tap',
      body: { config_id: 'kubectl-mirror' },
      signal
    })
    if (!text.includes('already exists')) return false
    if (now() > deadline) return true
    await pause(500, undefined, { signal })
  }
}

const CLOSED_WITHIN = 10_000

async function ask(cluster: Cluster, pod: Pod, request: Parameters<typeof askAdmin>[2]) {
  const response = await askAdmin(cluster, pod, request)
  return { status: response.status, text: await readText(response) }
}

export function isSidecarRunning(pod: Pod): boolean {
  return statusesOf(pod).some(({ name, state }) => name === SIDECAR && state?.running !== undefined)
}
