// Which access logs a workload's sidecar writes, by MeshConfig and Telemetry resources, merged as istiod does
// (pilot/pkg/model/telemetry.go, telemetry_logging.go). Pure.
import { ISTIO_JSON, ISTIO_TEXT, type LogFormat } from './log-formats.ts'

/** The part of Istio's MeshConfig that we read. */
export interface MeshConfig {
  readonly accessLogFile?: string
  readonly accessLogFormat?: string
  readonly accessLogEncoding?: string | number
  readonly rootNamespace?: string
  readonly defaultProviders?: { readonly accessLogging?: readonly string[] }
  readonly extensionProviders?: readonly Provider[]
}

interface Provider {
  readonly name?: string
  readonly envoyFileAccessLog?: FileAccessLog
  readonly envoyHttpAls?: object
  readonly envoyTcpAls?: object
  readonly envoyOtelAls?: object
}

interface FileAccessLog {
  readonly path?: string
  readonly logFormat?: { readonly text?: string; readonly labels?: object }
  readonly omitEmptyValues?: boolean
}

export interface Telemetry {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly creationTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> }
    readonly targetRefs?: readonly object[]
    readonly targetRef?: object
    readonly accessLogging?: readonly AccessLogging[]
  }
}

interface AccessLogging {
  readonly match?: { readonly mode?: string }
  readonly providers?: readonly { readonly name: string }[]
  readonly disabled?: boolean
  readonly filter?: { readonly expression?: string }
}

export interface Workload {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
}

/** What a workload's sidecar logs of inbound requests, where `kubectl logs` shows it. */
export interface Logging {
  /** Empty: it logs nothing there. */
  readonly formats: readonly LogFormat[]
  /** It logs only requests that match an expression. */
  readonly isFiltered: boolean
  /** Which of the formats it writes depends on Istio's version. */
  readonly isUncertain?: boolean
}

export const DEFAULT_ROOT = 'istio-system'

/** `parsed`: the YAML. Leaves out what istiod would refuse. */
export function meshConfigOf(parsed: unknown): MeshConfig {
  const { extensionProviders, defaultProviders, ...texts } = (parsed ?? {}) as Readonly<Record<string, unknown>>
  const accessLogging = (defaultProviders as MeshConfig['defaultProviders'] | null)?.accessLogging
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => typeof value === 'string' || value === 1)),
    ...(Array.isArray(accessLogging) && { defaultProviders: { accessLogging } }),
    ...(Array.isArray(extensionProviders) && {
      extensionProviders: (extensionProviders as (Provider | null)[]).filter(
        (one): one is Provider => typeof one?.name === 'string'
      )
    })
  }
}

/**
 * `telemetries`: at least those of the workload's namespace and of the root namespace. If several select the workload,
 * older versions of Istio use only the oldest, newer ones all: where that matters, this returns the formats of both.
 */
export function loggingOf(mesh: MeshConfig, telemetries: readonly Telemetry[], workload: Workload): Logging {
  const { wide, own } = applicableTo(mesh, telemetries, workload)
  const [all, oldest] = [own, own.slice(0, 1)].map((selected) => resolve(mesh, [...wide, ...selected]))
  if (JSON.stringify(all) === JSON.stringify(oldest)) return all!
  return {
    formats: [...all!.formats, ...oldest!.formats],
    isFiltered: all!.isFiltered || oldest!.isFiltered,
    isUncertain: true
  }
}

function resolve(mesh: MeshConfig, applicable: readonly Telemetry[]): Logging {
  const providers = [...mergeLogs(mesh, applicable)].flatMap(([name, spec]) => {
    const format = formatOfProvider(mesh, name)
    return format === undefined ? [] : [{ format, ...spec }]
  })
  // Without an existing provider, the mesh's own setting applies.
  if (providers.length === 0) {
    return { formats: isShown(mesh.accessLogFile) ? [formatOfMesh(mesh)] : [], isFiltered: false }
  }
  const shown = providers.flatMap(({ format, isDisabled, isFiltered }) =>
    isDisabled || format === 'elsewhere' ? [] : [{ format, isFiltered }]
  )
  return {
    formats: shown.map(({ format }) => format),
    isFiltered: shown.length > 0 && shown.every(({ isFiltered }) => isFiltered)
  }
}

/** All formats of the mesh, for users who may not read which of them a workload has. */
export function formatsIn(mesh: MeshConfig): LogFormat[] {
  const names = (mesh.extensionProviders ?? []).flatMap(({ name }) => name ?? [])
  return [formatOfMesh(mesh), ...names.flatMap((name) => formatOfProvider(mesh, name) ?? [])].filter(
    (format) => format !== 'elsewhere'
  )
}

/** In rising precedence: the mesh's, the namespace's, the workload's. Of several wide ones the oldest counts. */
function applicableTo(
  mesh: MeshConfig,
  telemetries: readonly Telemetry[],
  { namespace, labels }: Workload
): Readonly<Record<'wide' | 'own', Telemetry[]>> {
  const root = mesh.rootNamespace ?? DEFAULT_ROOT
  const sorted = telemetries.toSorted((one, other) => keyOf(one).localeCompare(keyOf(other), 'en'))
  const isWide = ({ spec }: Telemetry): boolean =>
    isEmpty(spec?.selector?.matchLabels) && !spec?.targetRef && !spec?.targetRefs?.length
  const wide = [...new Set([root, namespace])].flatMap(
    (where) => sorted.find((one) => one.metadata.namespace === where && isWide(one)) ?? []
  )
  const own = sorted.filter(
    ({ metadata, spec }) =>
      metadata.namespace === namespace &&
      !isEmpty(spec?.selector?.matchLabels) &&
      Object.entries(spec?.selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  )
  const isOfLogs = ({ spec }: Telemetry): boolean => (spec?.accessLogging ?? []).length > 0
  return { wide: wide.filter(isOfLogs), own: own.filter(isOfLogs) }
}

function keyOf({ metadata: { creationTimestamp = '', name, namespace } }: Telemetry): string {
  return `${creationTimestamp} ${name}.${namespace}`
}

function isEmpty(labels: Readonly<Record<string, string>> = {}): boolean {
  return Object.keys(labels).length === 0
}

interface Spec {
  readonly isDisabled: boolean
  readonly isFiltered: boolean
}

/** By provider name. */
function mergeLogs(mesh: MeshConfig, applicable: readonly Telemetry[]): Map<string, Spec> {
  const defaults = mesh.defaultProviders?.accessLogging ?? []
  const enabled = { isDisabled: false, isFiltered: false }
  if (applicable.length === 0) return new Map(defaults.map((name) => [name, enabled]))
  let inScope: readonly string[] = defaults
  for (const { spec } of applicable) {
    const names = (spec?.accessLogging ?? []).filter(isOfServer).flatMap(namesOf)
    if (names.length > 0) inScope = names
  }
  const merged = new Map<string, Spec>()
  let parents: readonly string[] = defaults
  for (const logging of applicable.flatMap(({ spec }) => spec?.accessLogging ?? [])) {
    const named = namesOf(logging)
    parents = named.length > 0 ? named : parents
    if (!isOfServer(logging)) continue
    const spec = { isDisabled: logging.disabled === true, isFiltered: Boolean(logging.filter?.expression) }
    for (const name of parents) if (inScope.includes(name)) merged.set(name, spec)
  }
  return merged
}

function namesOf({ providers = [] }: AccessLogging): string[] {
  return providers.map(({ name }) => name)
}

function isOfServer({ match }: AccessLogging): boolean {
  return match?.mode !== 'CLIENT'
}

/** Undefined: not an access log provider. `elsewhere`: it logs to a file, or over the network. */
function formatOfProvider(mesh: MeshConfig, name: string): LogFormat | 'elsewhere' | undefined {
  const provider = findProvider(mesh, name)
  if (provider === undefined) return undefined
  const { envoyFileAccessLog: log, envoyHttpAls, envoyTcpAls, envoyOtelAls } = provider
  if (envoyHttpAls ?? envoyTcpAls ?? envoyOtelAls) return 'elsewhere'
  if (typeof log !== 'object' || log === null) return undefined
  if (!isShown(log.path || STDOUT)) return 'elsewhere'
  const isPlain = log.logFormat === undefined && log.omitEmptyValues !== true
  return provider.name === BUILT_IN && isPlain ? formatOfMesh(mesh) : formatOfFile(log)
}

function findProvider({ extensionProviders = [] }: MeshConfig, name: string): Provider | undefined {
  const isMeant = (provider: Provider): boolean => String(provider.name).toLowerCase() === name.toLowerCase()
  return [{ name: BUILT_IN, envoyFileAccessLog: {} }, ...extensionProviders].findLast(isMeant)
}

function formatOfFile({ logFormat, omitEmptyValues = false }: FileAccessLog): LogFormat {
  const { labels, text } = logFormat ?? {}
  if (typeof labels !== 'object' || labels === null)
    return typeof text === 'string' && text !== '' ? { text } : ISTIO_TEXT
  return { json: isNamed(labels) ? labels : ISTIO_JSON.json, omitsEmpty: omitEmptyValues }
}

const BUILT_IN = 'envoy'
const STDOUT = '/dev/stdout'

function isShown(path: string | undefined): boolean {
  return path === STDOUT || path === '/dev/stderr'
}

function isNamed(labels: object): boolean {
  return Object.keys(labels).length > 0
}

function formatOfMesh({ accessLogFormat = '', accessLogEncoding }: MeshConfig): LogFormat {
  if (accessLogEncoding !== 'JSON' && accessLogEncoding !== 1)
    return accessLogFormat === '' ? ISTIO_TEXT : { text: accessLogFormat }
  try {
    const json: unknown = JSON.parse(accessLogFormat)
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? { json } : ISTIO_JSON
  } catch {
    return ISTIO_JSON
  }
}
