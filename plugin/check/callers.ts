// Whose requests are mirrored: the hosts and gateways they use, and other VirtualServices for the same. A delegate has its roots'.
import { formatProblem, type Problem } from '../../mirror/problem.ts'
import type { Seen } from '../resources/all-virtual-services.ts'
import type { Delegate } from '../status/delegate.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'
import { ASK_FOR_ROLE, link, type Link } from './link.ts'
import { gatewaysOf, rivalsOf, type Rival } from './rivals.ts'

export function checkCallers(object: StoredVirtualService, delegate: Delegate | undefined, seen: Seen): Link[] {
  const serving = delegate ? delegate.objects : [object]
  return [
    ...(delegate ? checkDelegate(delegate) : []),
    ...(serving.length > 0 ? [checkGateways(serving)] : []),
    ...serving.map((one) => checkHosts(one, seen))
  ]
}

function checkDelegate({ roots, obstacles, remarks, unread }: Delegate): Link[] {
  const names = roots.map(({ namespace, name, path }) => `${namespace}/${name} ${path}`)
  const isUnknown = roots.length === 0 && unread !== undefined
  return [
    ...(names.length > 0
      ? [link('ok', 'roots', `${names.join(', ')} ${names.length > 1 ? 'delegate' : 'delegates'} here`)]
      : []),
    ...(unread === undefined ? [] : [link('unknown', 'roots', `other VirtualServices may delegate here: ${unread}`)]),
    ...(isUnknown ? [] : obstacles.filter(isOfWhole).map((one) => link('failed', 'roots', formatProblem(one)))),
    ...remarks.map((one) => link('warning', 'roots', formatProblem(one)))
  ]
}

/** Obstacles of single rules are reported in the rows of these. */
function isOfWhole({ path }: Problem): boolean {
  return !path.startsWith('spec.http')
}

function checkGateways(serving: readonly StoredVirtualService[]): Link {
  const gateways = [...new Set(serving.flatMap(gatewaysOf))]
  if (gateways.includes('mesh')) {
    const others = gateways.filter((gateway) => gateway !== 'mesh')
    const also = others.length > 0 ? `, and requests through ${others.join(', ')}` : ''
    return link('ok', 'callers', `every caller with a sidecar, in namespaces that it is exported to${also}`)
  }
  const detail = `only requests through ${gateways.join(', ')}; requests from inside the mesh are not mirrored`
  return link('warning', 'callers', detail, 'add "mesh" to spec.gateways to mirror these too')
}

function checkHosts(object: StoredVirtualService, { objects, unread }: Seen): Link {
  const hosts = (object.spec?.hosts ?? []).join(', ')
  const rivals = rivalsOf(object, objects)
  if (rivals.length > 0) {
    const detail = `other VirtualServices serve ${hosts}, too: ${rivals.map(describe).join('; ')}`
    return link('warning', 'hosts', detail, 'merge them into one VirtualService')
  }
  if (unread === undefined) return link('ok', 'hosts', hosts)
  return link('unknown', 'hosts', `other VirtualServices may serve ${hosts}, too: ${unread}`, ASK_FOR_ROLE)
}

/** Sidecars follow only one VirtualService for a host; a gateway merges the rules of all. */
function describe({ name, through, callers, narrower, first }: Rival): string {
  const where = through === 'mesh' ? `callers in ${callers}` : `gateway ${through}`
  if (first === undefined) return `${name}, for others than ${where}`
  if (narrower.length > 0) return `${name}, which ${where} use for ${narrower.join(', ')}`
  if (through !== 'mesh') return `${name}, whose rules come ${first === 'other' ? 'first' : 'after these'} at ${where}`
  return first === 'other' ? `${name}, and ${where} use only that one` : `${name}, but ${where} use only this one`
}
