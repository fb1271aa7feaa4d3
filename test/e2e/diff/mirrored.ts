// The application of `diff`'s tests, mirrored.
import { expect, inject } from 'vitest'
import { openAnswers, type Answers } from './answers.ts'

export async function openMirrored(namespace: string): Promise<Answers> {
  const [kubeconfig, path, { application: image }] = [inject('kubeconfig'), inject('path'), inject('images')]
  const answers = await openAnswers(namespace, { kubeconfig, path, image })
  await answers.kubectl(['mirror', 'enable', 'answers', '--to', 'v2', '--direct'])
  return answers
}

/** However a test ends, nothing of its runs may stay in the cluster. */
export async function expectNothingLeft(answers: Answers): Promise<void> {
  await answers.endRuns()
  expect(await answers.leftOver(), 'left behind').toEqual([])
}
