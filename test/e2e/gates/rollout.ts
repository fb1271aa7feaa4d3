// The shop as a user of examples/gates/argo-rollouts has it: its releases are revisions of that Rollout. Knows no controller.
import { parseAllDocuments } from 'yaml'
import { until } from '../../until.ts'
import { openNamespace, shopManifests, type Environment, type Kubectl } from '../compare/shop.ts'
import { example, verdictOf, type Verdict } from './example.ts'

export interface RolloutOfShop {
  readonly kubectl: Kubectl
  /** Of its one VirtualService. */
  rules(): Promise<unknown>
  /** Resolves when the Rollout has promoted it or given it up. */
  release(environment: Environment): Promise<Release>
}

export interface Release {
  readonly ended: 'promoted' | 'aborted'
  /** What the Rollout's status says of it. */
  readonly message: string
  /** The Job's. */
  readonly verdict: Verdict
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: { template: { spec: Pod } }
}

interface Pod {
  readonly containers: readonly { env: readonly unknown[] }[]
}

interface Rollout {
  readonly metadata: { readonly generation: number }
  readonly status?: {
    readonly phase: string
    readonly message?: string
    readonly abort?: boolean
    readonly observedGeneration: string
    readonly currentPodHash: string
    readonly stableRS: string
  }
}

/** Ready when the first version, which no gate holds up, and its client run. */
export async function openRollout(namespace: string, environment: Environment): Promise<RolloutOfShop> {
  const kubectl = await openNamespace(namespace)
  const apply = (...manifests: readonly unknown[]) =>
    kubectl(['apply', '-f', '-'], manifests.map((one) => JSON.stringify(one)).join('\n---\n'))
  const examples = read(example('argo-rollouts/rollout.yaml', namespace))
  const shop = read(shopManifests())
  const pod = find(shop, 'Deployment', 'shop-v1').spec.template.spec
  const rolloutOf = (env: Environment) => {
    const rollout = structuredClone(find(examples, 'Rollout', 'shop'))
    rollout.spec.template.spec = { ...pod, containers: pod.containers.map((one) => ({ ...one, env: variables(env) })) }
    return rollout
  }
  const ended = async (): Promise<NonNullable<Rollout['status']>> => {
    let status: Rollout['status']
    await until(
      'the Rollout ends',
      async () => {
        const rollout = JSON.parse(await kubectl(['get', 'rollout', 'shop', '--output=json'])) as Rollout
        status = rollout.status
        return status?.observedGeneration === String(rollout.metadata.generation) && isOver(status)
      },
      280_000,
      500
    )
    return status!
  }
  for (const file of ['rights.yaml', 'argo-rollouts/analysis-template.yaml'])
    await apply(...read(example(file, namespace)))
  await apply(find(shop, 'Deployment', 'client'), ...examples.filter(({ kind }) => kind !== 'Rollout'))
  await apply(rolloutOf(environment))
  await kubectl(['rollout', 'status', 'deploy/client', '--timeout=120s'])
  await ended()
  return {
    kubectl,
    rules: async () => JSON.parse(await kubectl(['get', 'virtualservice', 'shop', '--output=jsonpath={.spec.http}'])),
    release: async (env) => {
      await apply(rolloutOf(env))
      const { abort, message = '', currentPodHash } = await ended()
      const run = `--selector=rollouts-pod-template-hash=${currentPodHash}`
      const job = '{.items[0].status.metricResults[0].measurements[0].metadata.job-name}'
      const name = await kubectl(['get', 'analysisruns', run, `--output=jsonpath=${job}`])
      return { ended: abort ? 'aborted' : 'promoted', message, verdict: await verdictOf(kubectl, name) }
    }
  }
}

/** Until then it continues by itself. */
function isOver({ phase, abort, currentPodHash, stableRS }: NonNullable<Rollout['status']>): boolean {
  return abort === true ? phase === 'Degraded' : phase === 'Healthy' && currentPodHash === stableRS
}

function variables(environment: Environment): unknown[] {
  return Object.entries(environment).map(([name, value]) => ({ name, value }))
}

function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name)
  if (found === undefined) throw new Error(`no ${kind} ${name}`)
  return found
}

function read(manifests: string): Manifest[] {
  return parseAllDocuments(manifests).map((document) => document.toJS() as Manifest) // of this repository
}
