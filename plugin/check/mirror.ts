// Every link from a VirtualService's annotations to where its copies go, short of sending one. Each silent cause of loss
// that Istio has gets a name here.
import { edit, type Edit } from '../../mirror/edit.ts'
import { formatProblem } from '../../mirror/problem.ts'
import { httpRules } from '../../mirror/virtual-service.ts'
import type { Cluster } from '../cluster.ts'
import type { Io } from '../io.ts'
import { Judge } from '../judge.ts'
import { sameHost } from '../service-host.ts'
import type { MirrorStatus, State } from '../state.ts'
import { describeRule } from '../summary.ts'
import { collectionPath, type StoredVirtualService } from '../virtual-services.ts'
import { findVersions } from '../workloads.ts'
import { checkRuleByHand } from './by-hand.ts'
import { checkVersion } from './destination.ts'
import { link, tryLink, type Link, type Outcome } from './link.ts'
import { checkAmbient } from './namespace.ts'

export async function checkMirror(cluster: Cluster, object: StoredVirtualService, io: Io): Promise<Link[]> {
  const status = await new Judge(cluster, io, object.metadata.namespace).status(object)
  if (status === undefined) {
    const { name, namespace } = object.metadata
    const enable = cluster.command(`mirror enable ${name} --to SUBSET -n ${namespace}`)
    return [link('failed', 'annotation', 'this VirtualService is not mirrored', enable)]
  }
  const edited = edit(object, io.now())
  const versions = await findVersions(cluster, object)
  const rules = status.state === 'By hand' ? httpRules(object).flatMap(checkRuleByHand) : checkRules(edited)
  const links = await Promise.all([
    tryLink('sidecar injection', () => checkAmbient(cluster, object.metadata.namespace)),
    tryLink('hosts', () => checkHosts(cluster, object)),
    ...versions.map((version) => tryLink(`${version.role} ${version.label}`, () => checkVersion(cluster, version)))
  ])
  const warnings = edited.warnings.map((warning) => link('warning', 'annotation', formatProblem(warning)))
  return [checkState(status), ...warnings, ...rules, checkGateways(object), ...links.flat(), LIMITS]
}

/** Nothing in the cluster tells whether callers do either. */
const LIMITS = link(
  'unknown',
  'limits',
  'upgrades (websockets) are not copied, and bodies over 1 MiB have been seen to be lost'
)

/** What each state is to the copies. */
const OUTCOMES: Readonly<Partial<Record<State, Outcome>>> = {
  Active: 'ok',
  'By hand': 'ok',
  // Said of the destination, which is where it is.
  'Target missing': 'ok',
  Expired: 'warning',
  'Not injected': 'failed',
  Drifted: 'failed',
  Invalid: 'failed'
}

function checkState({ state, reason, from, to, filter }: MirrorStatus): Link {
  const outcome = OUTCOMES[state] ?? 'warning'
  const only = filter === undefined ? '' : `, only ${filter}`
  const detail = `${state === 'Target missing' ? 'Active' : state}: ${from.join(', ')} -> ${to.join(', ')}${only}`
  return link(outcome, 'annotation', detail, outcome === 'ok' ? undefined : reason)
}

function checkRules({ base, plan }: Edit): Link[] {
  return (plan?.rules ?? []).map((rule, index) => {
    const outcome = rule.outcome === 'mirrored' ? 'ok' : 'warning'
    return link(outcome, rule.path, describeRule(rule, httpRules(base)[index]))
  })
}

function checkGateways({ spec }: StoredVirtualService): Link {
  const gateways = spec?.gateways ?? ['mesh']
  if (gateways.includes('mesh')) return link('ok', 'callers', 'every caller with a sidecar, in namespaces that see it')
  const detail = `only requests through ${gateways.join(', ')}; those from inside the mesh are not mirrored`
  return link('warning', 'callers', detail, 'add "mesh" to spec.gateways to mirror them too')
}

/** For callers in the mesh, Istio takes the rules of one VirtualService for each host: the oldest. */
async function checkHosts(cluster: Cluster, { metadata, spec }: StoredVirtualService): Promise<Link> {
  const { namespace, name } = metadata
  const hosts = spec?.hosts ?? []
  const rivals: string[] = []
  for await (const { items } of cluster.list<StoredVirtualService>(collectionPath(namespace))) {
    for (const other of items) {
      const theirs = other.spec?.hosts ?? []
      const shared = hosts.some((host) => theirs.some((one) => sameHost(one, namespace, host, namespace)))
      if (shared && other.metadata.name !== name && (other.spec?.gateways ?? ['mesh']).includes('mesh')) {
        rivals.push(other.metadata.name)
      }
    }
  }
  if (rivals.length === 0) return link('ok', 'hosts', hosts.join(', '))
  const detail = `${hosts.join(', ')} is served by ${rivals.join(', ')}, too; Istio follows only one of them in the mesh`
  return link('warning', 'hosts', detail, 'merge them into one VirtualService')
}
