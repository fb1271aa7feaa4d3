// The application of `diff`'s tests, mirrored, and `diff` on it.
import { expect, inject } from 'vitest'
import { openAnswers, type Answers, type Route } from './answers.ts'
import { readSummary, type SummaryLine } from './summary.ts'

export async function openMirrored(namespace: string): Promise<Answers> {
  const answers = await openOn(namespace)
  await answers.kubectl(['mirror', 'enable', 'answers', '--to', 'v2', '--direct'])
  return answers
}

/** Not mirrored yet. */
export function openOn(namespace: string, route?: Route): Promise<Answers> {
  const [kubeconfig, path, { application: image }] = [inject('kubeconfig'), inject('path'), inject('images')]
  return openAnswers(namespace, { kubeconfig, path, image }, route)
}

/** From before the first request until the last has been answered, however long that takes here. */
export async function diffUnder<T>(
  answers: Answers,
  send: () => Promise<T>,
  ...args: string[]
): Promise<{ summary: SummaryLine; load: T }> {
  const compared = answers.diff(args)
  await compared.opened()
  const load = await send()
  await compared.quiet()
  compared.process.kill('SIGINT')
  const { code, stdout, stderr } = await compared.ended
  expect(code, stderr).toBe(0)
  return { summary: readSummary(stdout), load }
}

/** However a test ends, nothing of its runs may stay in the cluster. */
export async function expectNothingLeft(answers: Answers): Promise<void> {
  await answers.endRuns()
  expect(await answers.leftOver(), 'left behind').toEqual([])
}
