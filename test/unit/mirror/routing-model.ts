// How Envoy routes by what Istio makes of HTTP rules: the first rule that matches serves. A model for properties, written
// from istiod's TranslateRouteMatch and mergeHTTPMatchRequest, and sharing no matcher with what it judges.
import { delegation } from '../../../mirror/delegation.ts'
import type { Destination, HttpMatch, HttpRule, StringMatch, VirtualService } from '../../../mirror/virtual-service.ts'

export interface Request {
  readonly method: string
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Served {
  readonly primary: string
  readonly copies: readonly string[]
}

export function serve(http: readonly HttpRule[], request: Request): Served | undefined {
  const rule = http.find(({ match }) => !match?.length || match.some((branch) => matches(branch, request)))
  if (!rule) return undefined
  const mirrors = [...(rule.mirror ? [rule.mirror] : []), ...(rule.mirrors ?? []).map((one) => one.destination ?? {})]
  return { primary: hostOf(rule.route?.[0]?.destination), copies: mirrors.map(hostOf) }
}

function hostOf(destination: Destination | null | undefined): string {
  return destination?.host ?? ''
}

function matches(branch: HttpMatch, { method, path, headers }: Request): boolean {
  const fold = (text: string): string => (branch.ignoreUriCase ? text.toLowerCase() : text)
  const { uri } = branch
  const byPath = !uri || (uri.exact ? fold(path) === fold(uri.exact) : fold(path).startsWith(fold(uri.prefix ?? '')))
  const all: Request['headers'] = { ...headers, ':method': method }
  return (
    byPath &&
    (!branch.method || matchesText(branch.method, method)) &&
    Object.entries(branch.headers ?? {}).every(([name, match]) => matchesText(match, all[name.toLowerCase()])) &&
    // Istio has a missing header taken for an empty one, but where presence is asked.
    Object.entries(branch.withoutHeaders ?? {}).every(([name, match]) => {
      const value = all[name.toLowerCase()]
      return !matchesText(match, isPresence(match) ? value : (value ?? ''))
    })
  )
}

export function matchesText(match: StringMatch, value: string | undefined): boolean {
  if (value === undefined) return false
  if (isPresence(match)) return true
  if (typeof match.exact === 'string') return value === match.exact
  if (typeof match.prefix === 'string') return value.startsWith(match.prefix)
  return new RegExp(`^(?:${match.regex})$`).test(value)
}

function isPresence({ exact, prefix, regex }: StringMatch): boolean {
  return exact === undefined && prefix === undefined && (regex === undefined || regex === '*')
}

/** The rules of a root with those of its delegate in the place of the one that names it. */
export function merged(root: HttpRule, leaves: readonly HttpRule[]): HttpRule[] {
  return leaves.flatMap((leaf) => {
    const match = mergedMatch(root.match ?? [], leaf.match ?? [])
    const { mirror = root.mirror, mirrors = root.mirrors } = leaf
    return match ? [{ ...leaf, match, ...(mirror && { mirror }), ...(mirrors && { mirrors }) }] : []
  })
}

function mergedMatch(root: readonly HttpMatch[], leaf: readonly HttpMatch[]): readonly HttpMatch[] | undefined {
  if (root.length === 0) return leaf
  if (leaf.length === 0) return root
  const branches = leaf.map((one) =>
    root.filter((above) => !isConflict(above, one)).map((above) => mergedBranch(above, one))
  )
  return branches.some(({ length }) => length === 0) ? undefined : branches.flat()
}

function mergedBranch(root: HttpMatch, leaf: HttpMatch): HttpMatch {
  const map = (field: 'headers' | 'withoutHeaders') => ({ [field]: { ...root[field], ...leaf[field] } })
  // The path's case is the leaf's: it is the root's, or there is a conflict.
  return { ...root, ...leaf, ...map('headers'), ...map('withoutHeaders') }
}

function isConflict(root: HttpMatch, leaf: HttpMatch): boolean {
  const delegate: VirtualService = { metadata: { name: 'leaf' }, spec: { http: [{ match: [leaf] }] } }
  const above = { namespace: '', name: 'root', path: '', rule: { match: [root], delegate: { name: 'leaf' } } }
  return delegation(delegate, [above]).rules[0]?.keptBy.length === 0
}
