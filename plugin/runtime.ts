// What must be settled before anything else is loaded: that this Node is new enough, and where compiled code is kept.
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import packageJson from '../package.json' with { type: 'json' }

/** Of each line that is still maintained, the first whose agents speak to a proxy: `^22.21 || >=24.5`. */
const LINES = packageJson.engines.node.split(' || ').map(readLine)

/** Undefined: all is well. */
export function prepareRuntime(): string | undefined {
  if (!isSupported(process.versions.node)) {
    const found = `${process.version} (${process.execPath})`
    return `kubectl-mirror needs Node ${LINES.map(({ text }) => text).join(' or ')} or later, and this is ${found}; install one, or use a release's archive, which has Node inside`
  }
  // Among kubectl's own caches: Node's default lies in the temporary folder, where others might write.
  module.enableCompileCache(join(process.env.KUBECACHEDIR ?? join(homedir(), '.kube', 'cache'), 'kubectl-mirror'))
  return undefined
}

/** As package.json's `engines` has it. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return LINES.some((line) => (major === line.major && minor >= line.minor) || (line.andLater && major > line.major))
}

interface NodeLine {
  /** `22.21` */
  readonly text: string
  readonly major: number
  readonly minor: number
  /** Whether the lines after it are supported, too. */
  readonly andLater: boolean
}

/** `^22.21`, `>=24.5` */
function readLine(range: string): NodeLine {
  const text = range.replace(/^(\^|>=)/, '')
  const [major = 0, minor = 0] = text.split('.').map(Number)
  return { text, major, minor, andLater: range.startsWith('>=') }
}
