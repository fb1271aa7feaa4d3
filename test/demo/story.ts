// The tutorial, told step by step, each claim checked. Knows a shell and a cluster with Istio, not where they come from.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Following, Shell } from './shell.ts'

/** What is mirrored, and in whose words. */
export interface Route {
  readonly kind: 'VirtualService' | 'HTTPRoute'
  /** For the plugin. */
  readonly name: string
  /** For kubectl. */
  readonly resource: string
  readonly target: string
  /** The folder of its manifests, in examples/ and in test/sandbox/. */
  readonly folder: string
}

export const ROUTES = {
  istio: {
    kind: 'VirtualService',
    name: 'httpbin',
    resource: 'virtualservice/httpbin',
    target: 'v2',
    folder: 'httpbin'
  },
  gatewayApi: {
    kind: 'HTTPRoute',
    name: 'httproute/httpbin',
    resource: 'httproute/httpbin',
    target: 'httpbin-v2',
    folder: 'httpbin-gateway-api'
  }
} as const satisfies Record<string, Route>

export interface Stage {
  readonly route: Route
  /** What `kubectl apply -k` is given for httpbin v1, v2 and the client. */
  readonly manifests: string
  /** Flags of helm for the webhook's image; undefined: the webhook is installed already. */
  readonly chartFlags?: string
}

/** That of the story's kubeconfig: the commands need no --namespace. */
export const NAMESPACE = 'mirror-demo'

export async function tell(shell: Shell, { route, manifests, chartFlags }: Stage): Promise<void> {
  if (chartFlags !== undefined) {
    shell.tell('Install the webhook: a platform team does this once.')
    await shell.type(
      `helm install kubectl-mirror charts/kubectl-mirror --namespace kubectl-mirror --create-namespace --wait ${chartFlags}`
    )
  }
  shell.tell('A namespace with Istio sidecars.')
  await shell.type(`kubectl create namespace ${NAMESPACE}`)
  await shell.type(`kubectl label namespace ${NAMESPACE} istio-injection=enabled`)

  shell.tell('Two versions of httpbin behind one Service, all requests to v1, and a client.')
  await shell.type(`kubectl apply -k ${manifests}`)
  for (const deployment of ['httpbin-v1', 'httpbin-v2', 'sleep']) {
    await shell.type(`kubectl rollout status deployment/${deployment} --timeout=180s`)
  }

  shell.tell(`The ${route.kind}, before anything is mirrored.`)
  const before = await specOf(shell, route)

  shell.tell('A request. Only v1 sees it.')
  await request(shell, '/get?request=before')
  await expectIn(shell, 'v1', '/get?request=before')
  await expectNotIn(shell, 'v2', '/get?request=before')

  shell.tell('Mirror all live traffic to v2, in one line.')
  await shell.type(`kubectl mirror enable ${route.name} --to ${route.target}`)
  await shell.type(`kubectl mirror status ${route.name}`)

  shell.tell("Now each request is in both versions' logs, live.")
  const logs = shell.follow(`kubectl mirror logs ${route.name} --tail=0`)
  try {
    await warmUp(shell, logs)
    await request(shell, '/get?request=first')
    await request(shell, '/status/418?request=second')
    await logs.seen(IN_BOTH('/get?request=first'), 20)
    await logs.seen(IN_BOTH('/status/418?request=second'), 20)
  } finally {
    await logs.interrupt()
  }

  shell.tell(`Disable it: the ${route.kind} is again what it was, byte for byte, and v2 is silent.`)
  await shell.type(`kubectl mirror disable ${route.name}`)
  if ((await specOf(shell, route)) !== before) throw new Error(`disable did not give back the ${route.kind} as it was`)
  await windDown(shell)
  await request(shell, '/get?request=after')
  await expectIn(shell, 'v1', '/get?request=after')
  await expectNotIn(shell, 'v2', '/get?request=after')
}

/** Whatever point the story has come to. */
export async function cleanUp(shell: Shell, { chartFlags }: Stage): Promise<void> {
  shell.tell('Clean up.')
  await shell.type(`kubectl delete namespace ${NAMESPACE} --ignore-not-found --wait=false`)
  if (chartFlags === undefined) return
  await shell.type('helm uninstall kubectl-mirror --namespace kubectl-mirror --ignore-not-found')
  await shell.type('kubectl delete namespace kubectl-mirror --ignore-not-found --wait=false')
}

/** As the API server prints it, with each of our annotations: none is left after `disable`. */
function specOf(shell: Shell, { resource }: Route): Promise<string> {
  const ours = `kubectl get ${resource} -o yaml | grep ' kubectl-mirror.dev/' || true`
  return shell.type(`kubectl get ${resource} -o jsonpath='{.spec}{"\\n"}'; ${ours}`)
}

function request(shell: Shell, path: string): Promise<string> {
  return shell.type(
    `kubectl exec deploy/sleep -- curl -sS -o /dev/null -w '%{http_code}\\n' 'http://httpbin:8000${path}'`
  )
}

/** A line of the live version and one of the mirror's, each with the path. */
const IN_BOTH = (path: string) => [
  ['live ', `${path} `],
  ['mirror ', `${path} `]
]

/** Sidecars learn of a change within a second or two: requests until the first copy. */
async function warmUp(shell: Shell, logs: Following): Promise<void> {
  for (let attempt = 1; attempt <= 20; attempt++) {
    await request(shell, `/get?request=warming-up-${attempt}`)
    const copied = logs.seen([['mirror ', '/get?request=warming-up-']], 1)
    if (
      await copied.then(
        () => true,
        () => false
      )
    )
      return
  }
  throw new Error('no copy reached v2 after 20 requests')
}

async function windDown(shell: Shell): Promise<void> {
  for (let attempt = 1; attempt <= 20; attempt++) {
    const path = `/get?request=winding-down-${attempt}`
    await request(shell, path)
    if (!(await lastRequests(shell, 'v2')).includes(path)) return
  }
  throw new Error('v2 still gets copies after 20 requests')
}

async function expectIn(shell: Shell, version: string, path: string): Promise<void> {
  if (!(await lastRequests(shell, version)).includes(path))
    throw new Error(`${version} did not log ${path}, and should have`)
}

async function expectNotIn(shell: Shell, version: string, path: string): Promise<void> {
  if ((await lastRequests(shell, version)).includes(path))
    throw new Error(`${version} logged ${path}, and should not have`)
}

/** A request's own line is written a moment after its answer. */
async function lastRequests(shell: Shell, version: string): Promise<string> {
  await sleep(500)
  const lines = await shell.type(`kubectl logs deploy/httpbin-${version} --container httpbin | grep GET | tail -2`)
  if (lines === '') shell.tell('(nothing)')
  return lines
}
