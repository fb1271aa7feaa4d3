// The files of examples/gates as their users apply them: with an application, an image and a duration of their own.
import { readFileSync } from 'node:fs'
import { inject } from 'vitest'
import { until } from '../../until.ts'
import { sendFrom, type Answer, type Kubectl } from '../compare/shop.ts'

/** One of them, for the shop in this namespace. */
export function example(file: string, namespace: string): string {
  const text = readFileSync(new URL(`../../../examples/gates/${file}`, import.meta.url), 'utf8')
  const { repository, tag } = inject('images').webhook
  return (
    text
      .replaceAll('namespace: httpbin', `namespace: ${namespace}`)
      .replaceAll('httpbin', 'shop')
      .replaceAll(/(?<=(?:image|name): )\S*kubectl-mirror:\S+/g, `${repository}:${tag}`)
      // By requests: a busy machine takes longer, and proves as much.
      .replaceAll('--for=10m', `--for=4m, --requests=${REQUESTS}`)
      // Versions that share two cores differ by more in their worst requests.
      .replaceAll('p99>20%', 'p50>50%')
  )
}

export interface Verdict {
  /** Complete or Failed. */
  readonly ended: string
  readonly exitCode: number
  /** What the pod's status says of its end. */
  readonly message: string
  /** When, in milliseconds since 1970; of whole seconds. */
  readonly at: number
  readonly log: string
}

export async function verdictOf(kubectl: Kubectl, job: string): Promise<Verdict> {
  const get = (kind: string, path: string, ...names: readonly string[]) =>
    kubectl(['get', kind, ...names, `--output=jsonpath=${path}`])
  const conditions = () => get('job', '{.status.conditions[?(@.status=="True")].type}', job)
  await until(`job ${job} ends`, async () => /Complete|Failed\b/.test(await conditions()), 300_000, 500)
  const state = '{.items[0].status.containerStatuses[0].state.terminated'
  const pod = `--selector=job-name=${job}`
  return {
    ended: (await conditions()).includes('Complete') ? 'Complete' : 'Failed',
    exitCode: Number(await get('pods', `${state}.exitCode}`, pod)),
    message: await get('pods', `${state}.message}`, pod),
    at: Date.parse(await get('pods', `${state}.finishedAt}`, pod)),
    log: await kubectl(['logs', `job/${job}`])
  }
}

/** Meanwhile the shop's client sends requests. */
export async function underLoad<T>(
  kubectl: Kubectl,
  mark: string,
  work: () => Promise<T>
): Promise<{ readonly result: T; readonly answers: readonly Answer[] }> {
  const answers: Answer[] = []
  const over = new AbortController()
  const send = async () => {
    for (let round = 0; !over.signal.aborted; round++) {
      // Callers that wait between requests slow down with the machine. Else its copies alone would pile up.
      const load = { COUNT: '500', THINK: '0.08', PATHS: '/errors,/errors,/errors,/slow' }
      answers.push(...(await sendFrom(kubectl, { MARK: `${mark}-${round}`, ...load })))
    }
  }
  const working = work().finally(() => over.abort())
  const [result] = await Promise.all([working, send()])
  return { result, answers }
}

/** Three quarters of them are of /errors, where a worse version fails one in fifty: some 30, of which a dozen prove it. */
const REQUESTS = 2000
