// What must hold of every VirtualService and every intent, checked on generated ones.
import fc from 'fast-check'
import jsonPatch from 'fast-json-patch'
import { expect, test } from 'vitest'
import { ANNOTATIONS, PREFIX } from '../../../mirror/annotations.ts'
import { edit } from '../../../mirror/edit.ts'
import { patchBetween } from '../../../mirror/patch.ts'
import { strip } from '../../../mirror/strip.ts'
import {
  httpRules,
  withAnnotations,
  withHttpRules,
  type HttpMatch,
  type HttpRule,
  type Annotations,
  type VirtualService
} from '../../../mirror/virtual-service.ts'
import { rule, virtualService, wished } from './generate.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const RUNS = { numRuns: 2_000 }
const asked = wished.map(([base, wish]) => withAnnotations(base, wish))

test('the generated intents are mostly met', () => {
  const edits = fc.sample(asked, { numRuns: 1_000, seed: 1 }).map((object) => edit(object, NOW))
  const mirrored = edits.filter(({ plan }) => plan?.rules.some(({ outcome }) => outcome === 'mirrored'))
  const clones = mirrored.filter(({ result }) => httpRules(result).some(({ name }) => name?.startsWith(PREFIX)))
  expect(mirrored.length).toBeGreaterThan(350)
  expect(clones.length).toBeGreaterThan(80)
})

test('is idempotent', () => {
  fc.assert(
    fc.property(asked, (object) => {
      const once = edit(object, NOW).result
      expect(JSON.stringify(edit(once, NOW).result)).toBe(JSON.stringify(once))
    }),
    RUNS
  )
})

test('strip gives back the base, byte for byte', () => {
  fc.assert(
    fc.property(asked, (object) => {
      expect(JSON.stringify(strip(edit(object, NOW).result))).toBe(JSON.stringify(object))
    }),
    RUNS
  )
})

test('the base also comes back when a write drops every annotation', () => {
  fc.assert(
    fc.property(wished, ([base, wish]) => {
      const stored = edit(withAnnotations(base, wish), NOW).result
      const written = withAnnotations(stored, {})
      expect(JSON.stringify(edit(written, NOW, stored).result.spec)).toBe(JSON.stringify(base.spec))
    }),
    RUNS
  )
})

test('leaves order, route and every other field of every rule', () => {
  fc.assert(
    fc.property(asked, (object) => {
      const rules = httpRules(edit(object, NOW).result).filter(({ name }) => !name?.startsWith(PREFIX))
      expect(rules.map(withoutMirroring)).toEqual(httpRules(object).map(withoutMirroring))
    }),
    RUNS
  )
})

test('a clone routes as its rule does, stands right before it and matches no more', () => {
  fc.assert(
    fc.property(asked, (object) => {
      const rules = httpRules(edit(object, NOW).result)
      for (const [index, clone] of rules.entries()) {
        if (!clone.name?.startsWith(PREFIX)) continue
        const original = rules[index + 1]!
        expect(clone.route).toEqual(original.route)
        expect(clone.match!.length).toBeGreaterThan(0)
        const branches = (original.match?.length ? original.match : [{}]).map(withoutFilter)
        for (const branch of clone.match!) expect(branches).toContainEqual(withoutFilter(branch))
      }
    }),
    RUNS
  )
})

test('comes out the same however the user reorders, inserts or removes rules of a mirrored object', () => {
  fc.assert(
    fc.property(asked, fc.array(fc.nat(9), { maxLength: 9 }), fc.option(rule), (object, order, inserted) => {
      const mirrored = edit(object, NOW).result
      const pick = (of: VirtualService) => {
        const rules = httpRules(of).filter(({ name }) => !name?.startsWith(PREFIX))
        const chosen = [...new Set(order)].flatMap((index): HttpRule[] => (rules[index] ? [rules[index]] : []))
        return withHttpRules(of, inserted ? [...chosen, inserted] : chosen)
      }
      // A mirror that the user types while ours to the same destination is on is taken for ours: they cannot be told apart.
      fc.pre(!inserted || strip(withHttpRules(object, [inserted]), mirrored).spec?.http?.[0] === inserted)
      const fromBase = edit(pick(object), NOW)
      fc.pre(fromBase.problems.length === 0)
      expect(edit(pick(mirrored), NOW, mirrored).result).toEqual(fromBase.result)
    }),
    RUNS
  )
})

test('the patch applies to the original and gives the result', () => {
  fc.assert(
    fc.property(asked, (object) => {
      const { result } = edit(object, NOW)
      const copy = JSON.parse(JSON.stringify(object)) as VirtualService
      // As kube-apiserver does: fast-json-patch itself refuses to write a key named __proto__.
      const patched = jsonPatch.applyPatch(copy, patchBetween(object, result), true, true, false).newDocument
      expect(JSON.parse(JSON.stringify(patched))).toEqual(JSON.parse(JSON.stringify(result)))
    }),
    RUNS
  )
})

test('is deterministic, and never writes into what it was given', () => {
  fc.assert(
    fc.property(asked, (object) => {
      const before = JSON.stringify(object)
      const once = JSON.stringify(edit(object, NOW))
      expect(JSON.stringify(edit(JSON.parse(before) as VirtualService, NOW))).toBe(once)
      expect(JSON.stringify(object)).toBe(before)
    }),
    RUNS
  )
})

test('whatever stands in the annotations, the answer is a result or problems, never a throw', () => {
  const keys = fc.constantFrom(...Object.values(ANNOTATIONS), `${PREFIX}x`, '__proto__')
  const anything: fc.Arbitrary<Annotations> = fc.dictionary(keys, fc.string({ unit: 'binary' }))
  fc.assert(
    fc.property(virtualService, anything, (base, wish) => {
      const object = withAnnotations(base, wish)
      const { problems, result } = edit(object, NOW)
      expect(problems.length === 0 || result === object).toBe(true)
      expect(problems.every(({ message }) => !/\{\w+\}/.test(message.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')))).toBe(true)
    }),
    RUNS
  )
})

function withoutMirroring(one: object): object {
  const { mirror: _, mirrors: __, mirrorPercentage: ___, ...rest } = one as Record<string, unknown>
  return rest
}

function withoutFilter(branch: HttpMatch): object {
  const { method: _, headers: __, withoutHeaders: ___, ...rest } = branch
  return rest
}
