// What must be settled before anything else is loaded: that this Node is new enough, and where compiled code is kept.
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

const OLDEST_NODE = [22, 19] as const

/** Undefined: all is well. */
export function prepareRuntime(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    return `kubectl-mirror needs Node ${OLDEST_NODE.join('.')} or later, and this is ${process.version} (${process.execPath})`
  }
  // Among kubectl's own caches: Node's default lies in the temporary folder, where others might write.
  module.enableCompileCache(join(process.env.KUBECACHEDIR ?? join(homedir(), '.kube', 'cache'), 'kubectl-mirror'))
  return undefined
}
