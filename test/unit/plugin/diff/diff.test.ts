import { expect, test } from 'vitest'
import { ANNOTATIONS } from '../../../../mirror/annotations.ts'
import type { Cluster } from '../../../../plugin/client/client.ts'
import type { Comparison } from '../../../../plugin/compare/find-subject.ts'
import { parseDiffFlags } from '../../../../plugin/diff/diff-options.ts'
import { withTapSession } from '../../../../plugin/diff/diff.ts'
import { modelOf, type ApiModel } from '../compare/tap/api-model.ts'

/** Of a user who may do what is `allowed`, where no pod runs. */
function runOf(model: ApiModel, flags: { baseline?: boolean }, isAllowed: (resource: string) => boolean) {
  const said: string[] = []
  const request: Cluster['request'] = async (method, path, options) => {
    if (!path.endsWith('selfsubjectaccessreviews')) return model.cluster.request(method, path, options)
    const { spec } = options!.body as { spec: { resourceAttributes: { resource: string } } }
    return { status: { allowed: isAllowed(spec.resourceAttributes.resource) } } as never // as the API answers reviews
  }
  const list = async function* () {
    yield { items: [], resourceVersion: '1' }
  }
  const versions = ['live', 'mirror'].map((role, index) => ({
    role,
    label: `v${index + 1}`,
    namespace: 'shopping',
    selector: { version: `v${index + 1}` }
  }))
  const comparison = { object: model.stored!, versions, subject: { live: ['v1'], mirror: 'v2', percent: 100 } }
  return {
    said,
    ended: withTapSession(
      {
        // No more of either is used here.
        cluster: { request, list, command: String } as unknown as Cluster,
        comparison: comparison as unknown as Comparison,
        options: parseDiffFlags(flags).responses,
        say: (text) => said.push(text),
        io: { signal: new AbortController().signal, now: () => new Date() }
      },
      () => expect.fail('nothing can be read')
    )
  }
}

test('where no tap can be had, the live version is given no second load', async () => {
  const model = modelOf({ [ANNOTATIONS.to]: 'v2' })
  const { ended } = runOf(model, { baseline: true }, () => true)
  await expect(ended).rejects.toThrow('v1 has no running pod in shopping')
  expect(model.requests).toEqual([])
})

test('a user who may not end the baseline of a killed run is warned, and the run continues', async () => {
  const model = modelOf({ [ANNOTATIONS.to]: 'v2', [ANNOTATIONS.baseline]: '2026-01-01T00:00:00Z' })
  const { ended, said } = runOf(model, {}, (resource) => resource !== 'virtualservices')
  await expect(ended).rejects.toThrow('no running pod')
  expect(model.requests).toEqual([])
  expect(said).toEqual([
    expect.stringMatching(
      /baseline of a run that was killed, and you may not patch it; have a user with that right run .*mirror diff virtualservice\/shop -n shopping$/
    )
  ])
})
