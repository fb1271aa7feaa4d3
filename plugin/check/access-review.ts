// Which rights the user lacks in the namespace, and which commands need them.
import type { Cluster } from '../client/client.ts'
import { isAllowed, type Permission } from '../client/permission.ts'
import { link, tryLink, type Link } from './link.ts'

interface Right extends Permission {
  /** The commands that need it. */
  readonly for: string
}

const ISTIO = 'networking.istio.io'
const RIGHTS: readonly Right[] = [
  { verb: 'get', group: ISTIO, resource: 'virtualservices', for: 'everything' },
  { verb: 'list', group: ISTIO, resource: 'virtualservices', for: 'status' },
  { verb: 'patch', group: ISTIO, resource: 'virtualservices', for: 'enable, disable' },
  { verb: 'list', group: ISTIO, resource: 'destinationrules', for: 'logs, compare, diff, check' },
  { verb: 'list', group: '', resource: 'services', for: 'logs, compare, diff, check' },
  { verb: 'list', group: '', resource: 'pods', for: 'logs, compare, diff, check' },
  { verb: 'watch', group: '', resource: 'pods', for: 'logs, compare, diff' },
  { verb: 'get', group: '', resource: 'pods', subresource: 'log', for: 'logs, compare' }
]

export async function checkAccess(cluster: Cluster): Promise<Link[]> {
  return tryLink('permissions', async () => {
    const allowed = await Promise.all(RIGHTS.map((right) => isAllowed(cluster, cluster.namespace, right)))
    const denied = RIGHTS.filter((_, index) => !allowed[index])
    if (denied.length === 0) return link('ok', 'permissions', `for every command, in namespace ${cluster.namespace}`)
    return denied.map((right) => {
      const resource = [right.resource, ...(right.subresource ? [right.subresource] : [])].join('/')
      const detail = `you may not ${right.verb} ${resource} in namespace ${cluster.namespace}, needed for: ${right.for}`
      return link('failed', 'permissions', detail, 'ask for a Role that allows it')
    })
  })
}
