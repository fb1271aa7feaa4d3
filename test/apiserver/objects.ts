// Writes and deletes objects of any kind, and reads fields of them, as kubectl does, without a process for each. Knows no test.
import { parseAllDocuments } from 'yaml'
import { until } from '../until.ts'
import { ask, collection, type Named } from './ask.ts'

/** `kubectl apply --server-side`: what is stored; throws with what the API server says. */
export async function applyOne(object: Named, force = false): Promise<object> {
  return ask(`${await pathOf(object)}?fieldManager=kubectl&fieldValidation=Strict&force=${force}`, 'PATCH', object)
}

/** The same, of a stream of manifests. */
export async function applyAll(manifests: string, force = false): Promise<void> {
  for (const object of readObjects(manifests)) await applyOne(object, force)
}

/** `kubectl delete`: until they are gone. */
export async function deleteAll(manifests: string): Promise<void> {
  for (const object of readObjects(manifests)) await remove(await pathOf(object))
}

/** Of definitions, `kubectl wait --for=condition=established`. */
export async function areEstablished(definitions: string): Promise<void> {
  for (const object of readObjects(definitions)) {
    const path = await pathOf(object)
    await until(
      `${object.metadata.name} is established`,
      async () => {
        const { status } = await ask<Definition>(path)
        return status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') === true
      },
      60_000
    )
  }
}

interface Definition {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** `kubectl delete --all`. */
export async function clear(namespace: string, ...resources: readonly (keyof typeof GROUPS)[]): Promise<void> {
  for (const resource of resources) await ask(collection(namespace, GROUPS[resource], resource), 'DELETE')
}

const GROUPS = {
  events: 'v1',
  pods: 'v1',
  services: 'v1',
  destinationrules: 'networking.istio.io/v1',
  envoyfilters: 'networking.istio.io/v1alpha3',
  virtualservices: 'networking.istio.io/v1',
  httproutes: 'gateway.networking.k8s.io/v1'
} as const

/** Until it is gone: a definition goes after its objects. */
export async function remove(path: string): Promise<void> {
  await ask(path, 'DELETE')
  await until(
    `${path} is gone`,
    () =>
      ask(path).then(
        () => false,
        (error: unknown) => / 404 /.test(String(error))
      ),
    60_000
  )
}

export async function makeNamespace(name: string): Promise<void> {
  await applyAll(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
}

/** `kubectl create token`. */
export async function tokenOf(namespace: string, account: string): Promise<string> {
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const path = `${collection(namespace, 'v1', 'serviceaccounts')}/${account}/token`
  return (await ask<{ readonly status: { readonly token: string } }>(path, 'POST', request)).status.token
}

/** As kubectl prints it with `-o jsonpath`, of paths like `{.spec.http[1].name}{.metadata.annotations.example\.com/a}`. */
export function printed(object: unknown, template: string): string {
  return template.replaceAll(/\{([^}]*)\}/g, (_, path: string) => {
    const steps = path.match(/(?<=\.)(?:\\.|[^.[\]\\])+|(?<=\[)(?:\d+|\*)(?=\])/g) ?? []
    const found = steps.reduce<unknown[]>((from, step) => from.flatMap((one) => stepInto(one, step)), [object])
    return found.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(' ')
  })
}

function stepInto(value: unknown, step: string): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  if (step === '*') return Object.values(value) as unknown[]
  const key = step.replaceAll('\\', '')
  return key in value ? [(value as Record<string, unknown>)[key]] : []
}

function readObjects(manifests: string): Named[] {
  return parseAllDocuments(manifests).flatMap((document) => {
    const object = document.toJS() as (Named & { readonly items?: readonly Named[] }) | null
    return object === null ? [] : (object.items ?? [object])
  })
}

interface Resource {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
}

const resources = new Map<string, Resource>()

/** What one kind is called does not change, even if it comes and goes. */
async function pathOf({ apiVersion, kind, metadata }: Named): Promise<string> {
  const key = `${apiVersion} ${kind}`
  const group = `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`
  const resource = resources.get(key) ?? (await discover(group, kind))
  resources.set(key, resource)
  const { name, namespaced } = resource
  const { name: object, namespace = 'default' } = metadata
  return `${namespaced ? collection(namespace, apiVersion, name) : `${group}/${name}`}/${object}`
}

async function discover(group: string, kind: string): Promise<Resource> {
  const known = await ask<{ readonly resources: readonly Resource[] }>(group)
  const found = known.resources.find((one) => one.kind === kind && !one.name.includes('/'))
  if (found === undefined) throw new Error(`${group} has no ${kind}`)
  return found
}
