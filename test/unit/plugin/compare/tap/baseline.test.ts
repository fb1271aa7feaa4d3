import { describe, expect, test } from 'vitest'
import { ANNOTATIONS } from '../../../../../mirror/annotations.ts'
import { edit } from '../../../../../mirror/edit.ts'
import { ApiError, ConnectionError } from '../../../../../plugin/io/errors.ts'
import {
  planBaseline,
  endStaleBaseline,
  hasStaleBaseline,
  type Baseline
} from '../../../../../plugin/compare/tap/baseline.ts'
import type { StoredVirtualService } from '../../../../../plugin/resources/virtual-services.ts'
import { modelOf, type ApiModel } from './api-model.ts'

const IN_A_MINUTE = new Date(Date.now() + 60_000).toISOString()

/** Mirrored to v2 by `enable --direct`. */
function mirrored(more: Readonly<Record<string, string>> = {}): { model: ApiModel; before: StoredVirtualService } {
  const model = modelOf({ [ANNOTATIONS.to]: 'v2', ...more })
  model.stored = edit(model.stored!, new Date()).result // what is stored stays so
  return { model, before: structuredClone(model.stored) }
}

async function plan({ cluster, stored }: ApiModel): Promise<Baseline> {
  return (await planBaseline(cluster, stored!, new Date()))!
}

function lost(): never {
  throw new ConnectionError('sandbox', new Error('socket hang up'))
}

function isAsBefore({ stored }: ApiModel, { spec, metadata: { annotations } }: StoredVirtualService): void {
  expect([stored?.spec, stored?.metadata.annotations]).toEqual([spec, annotations])
}

test('is added, and removed again, where no webhook does it', async () => {
  const { model, before } = mirrored()
  const baseline = await plan(model)
  isAsBefore(model, before)
  expect(await baseline.add(new Date())).toBe('direct')
  expect(JSON.stringify(model.stored?.spec)).toContain('"mirrors"')
  expect(await baseline.remove()).toBe(true)
  isAsBefore(model, before)
})

describe('nothing is left behind where adding it fails half-way:', () => {
  test('the response to the annotation is lost', async () => {
    const { model, before } = mirrored()
    const baseline = await plan(model)
    model.after = lost
    await expect(baseline.add(new Date())).rejects.toThrow('hang up')
    model.after = () => {}
    expect(await baseline.remove()).toBe(true)
    isAsBefore(model, before)
  })

  test('another write comes between the annotation and the edit', async () => {
    const { model, before } = mirrored()
    const baseline = await plan(model)
    model.after = () => {
      model.after = () => {}
      const { metadata } = model.stored!
      model.stored = { ...model.stored!, metadata: { ...metadata, resourceVersion: '77' } }
    }
    await expect(baseline.add(new Date())).rejects.toMatchObject({ status: 409 })
    expect(await baseline.remove()).toBe(true)
    isAsBefore(model, before)
  })
})

test('the baseline of another run is refused, and stays when this one ends', async () => {
  const { model } = mirrored({ [ANNOTATIONS.baseline]: IN_A_MINUTE })
  await expect(plan(model)).rejects.toThrow(/baseline of another run until .*kubectl annotate/)
  expect(model.requests).toEqual(['GET'])
})

test('of two runs that begin at once the second is refused, and leaves the first its baseline', async () => {
  const { model } = mirrored()
  const [first, second] = [await plan(model), await plan(model)]
  await first.add(new Date())
  const until = model.stored?.metadata.annotations?.[ANNOTATIONS.baseline]
  await expect(second.add(new Date())).rejects.toThrow('shop was changed at the same moment')
  expect(await second.remove()).toBe(true)
  expect(model.stored?.metadata.annotations?.[ANNOTATIONS.baseline]).toBe(until)
})

test('a VirtualService that was deleted meanwhile has no baseline to remove, and is not waited for', async () => {
  const { model } = mirrored()
  const baseline = await plan(model)
  await baseline.add(new Date())
  model.stored = undefined
  const asked = model.requests.length
  expect(await baseline.remove()).toBe(true)
  expect(model.requests).toHaveLength(asked + 1)
})

test('what a killed run left behind is ended, mirrors and all', async () => {
  const { model, before } = mirrored()
  const later = new Date(Date.now() + 10 * 60_000)
  await (await plan(model)).add(new Date())
  expect([hasStaleBaseline(model.stored!, new Date()), hasStaleBaseline(model.stored!, later)]).toEqual([false, true])
  await endStaleBaseline(model.cluster, model.stored!)
  isAsBefore(model, before)
})

test('a write that is refused leaves nothing to remove', async () => {
  const { model } = mirrored()
  const baseline = await plan(model)
  model.after = () => {
    throw new ApiError(403, { reason: 'Forbidden', message: 'no' })
  }
  await expect(baseline.add(new Date())).rejects.toThrow('no')
  const asked = model.requests.length
  expect(await baseline.remove()).toBe(true)
  expect(model.requests).toHaveLength(asked)
})
