// The chart rendered by the real helm, as its users render it. Knows no value and no test.
import { join } from 'node:path'
import { expect } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { run } from '../../sandbox/command.ts'
import { fetchTools } from '../../sandbox/downloads.ts'
import { placeOf } from '../../sandbox/place.ts'
import { Progress } from '../../sandbox/progress.ts'

export const CHART = new URL('../../../charts/kubectl-mirror', import.meta.url).pathname

export interface Rendered {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

export interface Release {
  readonly name?: string
  readonly namespace?: string
  /** A folder; else the chart as it is. */
  readonly chart?: string
}

/** stdout; throws with helm's stderr. */
export async function helm(...args: readonly string[]): Promise<string> {
  const session = {
    place: placeOf(process.env),
    progress: new Progress(process.stderr),
    signal: new AbortController().signal
  }
  return run(join(await fetchTools(session), 'helm'), args)
}

/** The manifests, with those of hooks. */
export function template(release: Release, ...flags: readonly string[]): Promise<string> {
  const { name = 'kubectl-mirror', namespace = 'default', chart = CHART } = release
  return helm('template', name, chart, '--namespace', namespace, ...flags)
}

/** Also that no map has a key twice, which helm does not mind and other tools refuse. */
export function read(manifests: string): Rendered[] {
  const documents = parseAllDocuments(manifests)
  expect(documents.flatMap(({ errors }) => errors.map(({ message }) => message))).toEqual([])
  return documents.map((document) => document.toJS() as Rendered) // the chart's objects
}

export async function render(...flags: readonly string[]): Promise<Rendered[]> {
  return read(await template({}, ...flags))
}

export function find(rendered: readonly Rendered[], kind: string, name = 'kubectl-mirror'): Rendered | undefined {
  return rendered.find((one) => one.kind === kind && one.metadata.name === name)
}

export interface PodTemplate {
  readonly metadata: Rendered['metadata']
  readonly spec: Readonly<Record<string, unknown>>
}

/** Those of workloads, and pods themselves, by the object's kind. */
export function podsOf(rendered: readonly Rendered[]): Record<string, PodTemplate> {
  const pods = rendered.flatMap((object) => {
    if (object.kind === 'Pod') return [[object.kind, object as unknown as PodTemplate] as const]
    const { template: pod } = (object['spec'] ?? {}) as { readonly template?: PodTemplate }
    return pod ? [[object.kind, pod] as const] : []
  })
  return Object.fromEntries(pods)
}
