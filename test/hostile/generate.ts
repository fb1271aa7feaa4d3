// Hostile reviews, one for each number: truncated, of wrong types, deep, repeated, at and past every bound. The same number, the
// same bytes. Sends nothing.
import { createRandom, type Random } from './random.ts'
import { httpRoute, virtualService } from './routes.ts'
import { reviewOf, SHAPES } from './shapes.ts'

/** Made anew for each case, so that one case can be looked at alone. */
export function hostileBody(seed: number, index: number): Buffer {
  const random = createRandom(seed + Math.imul(index, 0x9e3779b1))
  if (random.chance(0.004)) return shapeBody(random)
  const kind = random.chance(0.3) ? httpRoute : virtualService
  const make = (): unknown => {
    const object = kind(random)
    return random.chance(0.3) ? withWrongType(object, random) : object
  }
  const object = make()
  const old = random.chance(0.4) ? (random.chance(0.5) ? object : make()) : undefined
  return spoil(reviewOf(object, old), random)
}

function shapeBody(random: Random): Buffer {
  const shape = random.pick(Object.values(SHAPES))
  if (shape.kind === 'body') return shape.make()
  const object = shape.make()
  return reviewOf(object, random.chance(0.3) ? object : undefined)
}

const WRONG: readonly (() => unknown)[] = [
  () => null,
  () => 5,
  () => 'text',
  () => [],
  () => ({}),
  () => [null],
  () => true,
  () => ({ toString: 1, length: -1 }),
  () => [[[]]]
]

/** One place of the object has another type. */
function withWrongType(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.1)) return random.pick(WRONG)()
  const keys = Object.keys(value)
  if (keys.length === 0) return random.pick(WRONG)()
  const key = random.pick(keys)
  const changed = withWrongType((value as Record<string, unknown>)[key], random)
  if (Array.isArray(value)) return (value as unknown[]).map((one, index) => (String(index) === key ? changed : one))
  return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, field === key ? changed : one]))
}

/** One in four is no longer what it was as bytes. */
function spoil(body: Buffer, random: Random): Buffer {
  if (!random.chance(0.25)) return body
  const at = random.below(body.length)
  switch (random.below(6)) {
    case 0:
      return body.subarray(0, at)
    case 1:
      return Buffer.concat([body, body.subarray(at)])
    case 2:
      return Buffer.concat([body.subarray(0, at), Buffer.from([random.below(256)]), body.subarray(at + 1)])
    case 3:
      return Buffer.from(body.toString().replace('"spec":', '"spec":{"http":[{"route":5}]},"spec":'))
    case 4:
      return Buffer.from(body.toString().replaceAll('"host":', '"__proto__":{"host":"x"},"host":'))
    default: {
      const deep = random.pick([50, 99, 5000])
      return Buffer.from(
        body.toString().replace('"hosts":', `"deep":${'{"a":'.repeat(deep)}1${'}'.repeat(deep)},"hosts":`)
      )
    }
  }
}
