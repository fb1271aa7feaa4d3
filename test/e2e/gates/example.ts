// The files of examples/gates as their users apply them: with an application, an image and a duration of their own.
import { readFileSync } from 'node:fs'
import { inject } from 'vitest'
import { until } from '../../until.ts'
import type { Shop } from '../compare/shop.ts'

/** One of them, for the shop in this namespace. */
export function example(file: string, namespace: string): string {
  const text = readFileSync(new URL(`../../../examples/gates/${file}`, import.meta.url), 'utf8')
  const { repository, tag } = inject('images').webhook
  return (
    text
      .replaceAll('namespace: httpbin', `namespace: ${namespace}`)
      .replaceAll('httpbin', 'shop')
      .replaceAll(/(?<=image: )\S*kubectl-mirror:\S+/g, `${repository}:${tag}`)
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
  readonly log: string
}

export async function verdictOf(shop: Shop, job: string): Promise<Verdict> {
  const get = (kind: string, path: string, ...names: readonly string[]) =>
    shop.kubectl(['get', kind, ...names, `--output=jsonpath=${path}`])
  const conditions = () => get('job', '{.status.conditions[?(@.status=="True")].type}', job)
  await until(`job ${job} ends`, async () => /Complete|Failed\b/.test(await conditions()), 300_000, 500)
  const state = '{.items[0].status.containerStatuses[0].state.terminated'
  const pod = `--selector=job-name=${job}`
  return {
    ended: (await conditions()).includes('Complete') ? 'Complete' : 'Failed',
    exitCode: Number(await get('pods', `${state}.exitCode}`, pod)),
    message: await get('pods', `${state}.message}`, pod),
    log: await shop.kubectl(['logs', `job/${job}`])
  }
}

/** Meanwhile the shop's client sends requests. `answered`: which versions answered how many of them. */
export async function underLoad<T>(
  shop: Shop,
  mark: string,
  work: () => Promise<T>
): Promise<{ readonly result: T; readonly answered: Readonly<Record<string, number>> }> {
  const answered: Record<string, number> = {}
  const over = new AbortController()
  const send = async () => {
    for (let round = 0; !over.signal.aborted; round++) {
      // Callers that wait between requests slow down with the machine. Else its copies alone would pile up.
      const load = { COUNT: '500', THINK: '0.08', PATHS: '/errors,/errors,/errors,/slow' }
      const answers = await shop.send({ MARK: `${mark}-${round}`, ...load })
      for (const version of answers.values()) answered[version] = (answered[version] ?? 0) + 1
    }
  }
  const working = work().finally(() => over.abort())
  const [result] = await Promise.all([working, send()])
  return { result, answered }
}

/** Three quarters of them are of /errors, where a worse version fails one in fifty: some 30, of which a dozen prove it. */
const REQUESTS = 2000
