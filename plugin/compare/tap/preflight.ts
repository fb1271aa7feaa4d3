// Everything that a tap needs, asked before anything is changed; what is missing is named, all of it at once.
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../../client/client.ts'
import { ApiError, UserError } from '../../io/errors.ts'
import { statusesOf } from '../../follow/container-state.ts'
import type { Selection } from '../../follow/selections.ts'
import { isAllowed, type Permission } from '../../client/permission.ts'
import { listPods, type Pod } from '../../resources/pods.ts'
import { askAdmin, readText } from './admin.ts'
import { TAP_FILTER } from './envoy-filter.ts'

/** Each is one connection, and a part of them would leave requests without their copies. */
export const MOST_PODS = 100
const SIDECAR = 'istio-proxy'

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
  const answers = await Promise.all(
    asked.map(({ namespace, ...permission }) => isAllowed(cluster, namespace, permission))
  )
  const denied = asked.filter((_, index) => !answers[index])
  if (denied.length === 0) return
  throw new UserError(
    denied.map(({ verb, group, resource, subresource, namespace }) => {
      const name = [resource + (group && `.${group}`), subresource].filter(Boolean).join('/')
      return `--bodies: you may not ${verb} ${name} in ${namespace}; docs/bodies.md has the Role that is needed`
    })
  )
}

/** Each version has pods, each pod a sidecar, and each sidecar a tap filter in its build and nobody at its tap. */
export async function checkSidecars(
  cluster: Cluster,
  sources: readonly Selection[],
  signal: AbortSignal
): Promise<void> {
  const listed = await Promise.all(
    sources.map(async (source) => ({ source, pods: (await listPods(cluster, source)).filter(isWanted) }))
  )
  const pods = listed.flatMap(({ pods: found }) => found)
  const problems = listed
    .filter(({ pods: found }) => found.length === 0)
    .map(({ source: { version, namespace } }) => `--bodies: ${version} has no running pod in ${namespace}`)
  if (pods.length > MOST_PODS) {
    problems.push(`--bodies: ${pods.length} pods are more than can be read at once (${MOST_PODS}); compare without it`)
  }
  const asked = pods.length > MOST_PODS ? [] : await Promise.all(pods.map((pod) => problemOf(cluster, pod, signal)))
  problems.push(...asked.filter((problem) => problem !== undefined))
  if (problems.length > 0) throw new UserError(problems)
}

function isWanted({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase === 'Running'
}

async function problemOf(cluster: Cluster, pod: Pod, signal: AbortSignal): Promise<string | undefined> {
  const { name, namespace } = pod.metadata
  const subject = `--bodies: pod ${name} in ${namespace}`
  if (!hasSidecar(pod)) return `${subject} has no sidecar (no container ${SIDECAR}), so nothing sees its responses`
  // A sidecar that only starts will be waited for.
  if (!isSidecarRunning(pod)) return undefined
  try {
    const build = await ask(cluster, pod, {
      method: 'GET',
      path: '/config_dump?mask=bootstrap.node.extensions',
      signal
    })
    if (build.status === 200 && build.text.includes('extensions') && !build.text.includes(`"${TAP_FILTER}"`)) {
      return `${subject}: its proxy was built without ${TAP_FILTER}; Istio's own build has it`
    }
    if (await isTaken(cluster, pod, signal)) {
      return `${subject}: somebody else reads its tap now, and Envoy serves one reader at a time; wait, or end that run`
    }
    return undefined
  } catch (error) {
    if (signal.aborted || error instanceof ApiError) throw error
    return `${subject}: its admin port does not answer: ${(error as Error).message}`
  }
}

/** A run that has just ended is let go of in a moment: by the API server, the kubelet, the container runtime. */
async function isTaken(cluster: Cluster, pod: Pod, signal: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + LET_GO_WITHIN
  for (;;) {
    const { text } = await ask(cluster, pod, {
      method: 'POST',
      path: '/tap',
      body: { config_id: 'kubectl-mirror' },
      signal
    })
    if (!text.includes('already exists')) return false
    if (Date.now() > deadline) return true
    await pause(500, undefined, { signal })
  }
}

const LET_GO_WITHIN = 10_000

async function ask(cluster: Cluster, pod: Pod, request: Parameters<typeof askAdmin>[2]) {
  const { status, answer } = await askAdmin(cluster, pod, request)
  return { status, text: await readText(answer) }
}

function hasSidecar({ spec }: Pod): boolean {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some(({ name }) => name === SIDECAR)
}

export function isSidecarRunning(pod: Pod): boolean {
  return statusesOf(pod).some(({ name, state }) => name === SIDECAR && state?.running !== undefined)
}
