// What must be settled before anything else is loaded: that this Node is new enough, and where compiled code is kept.
import module from 'node:module'
import { join } from 'node:path'
import packageJson from '../package.json' with { type: 'json' }
import { home } from './io/home.ts'

/** Of each line that is still maintained, the first whose agents speak to a proxy: `^22.21 || >=24.5`. */
const RANGES = packageJson.engines.node.split(' || ')

/** Undefined: all is well. */
export function prepareRuntime(): string | undefined {
  if (!isSupported(process.versions.node)) {
    const found = `${process.version} (${process.execPath})`
    return `kubectl-mirror needs Node ${RANGES.map(leastOf).join(' or ')} or later, and this is ${found}; install one, or use a release's archive, which has Node inside`
  }
  // Among kubectl's own caches: Node's default lies in the temporary folder, where others might write.
  const cache = process.env.KUBECACHEDIR ?? (home() && join(home(), '.kube', 'cache'))
  if (cache) module.enableCompileCache(join(cache, 'kubectl-mirror'))
  return undefined
}

/** As package.json's `engines` has it. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return RANGES.some((range) => {
    const [line = 0, least = 0] = leastOf(range).split('.').map(Number)
    return (major === line && minor >= least) || (range.startsWith('>=') && major > line)
  })
}

/** `^22.21` -> `22.21` */
function leastOf(range: string): string {
  return range.replace(/^(\^|>=)/, '')
}
