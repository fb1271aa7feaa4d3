import { describe, expect, test } from 'vitest'
import {
  beyondChance,
  binomialAtMost,
  signFlipTest,
  signTest
} from '../../../../../plugin/compare/statistics/chance.ts'

describe('binomialAtMost', () => {
  test('is the sum of the distribution', () => {
    // Summed in exact fractions.
    expect(binomialAtMost(3, 10, 0.2)).toBeCloseTo(0.8791261184, 9)
    expect(binomialAtMost(0, 20, 0.3)).toBeCloseTo(0.0007979227, 9)
    expect(binomialAtMost(9990, 10_000, 0.999)).toBeCloseTo(0.542132876, 8)
  })

  test('keeps its figures far out in the tail', () => {
    expect(binomialAtMost(0, 1000, 0.5)).toBeCloseTo(2 ** -1000, 310)
    expect(binomialAtMost(100, 1000, 0.5)).toBeLessThan(1e-150)
  })
})

describe('signTest', () => {
  test('is two-sided', () => {
    expect(signTest(10, 0)).toBeCloseTo(2 / 1024, 12)
    expect(signTest(0, 10)).toBeCloseTo(2 / 1024, 12)
    expect(signTest(5, 5)).toBe(1)
  })
})

describe('signFlipTest', () => {
  test('is the binomial tail where all are ones', () => {
    const eightOfTen = [1, 1, 1, 1, 1, 1, 1, 1, -1, -1]
    expect(signFlipTest(eightOfTen)).toBeCloseTo(binomialAtMost(2, 10, 0.5), 12)
  })

  test('counts every way to flip the signs', () => {
    const differences = [7, -3, 2, 5, -1, 4]
    const observed = differences.reduce((sum, one) => sum + one, 0)
    let atLeast = 0
    for (let flips = 0; flips < 64; flips++) {
      const sum = differences.reduce((total, one, index) => total + (flips & (1 << index) ? -1 : 1) * Math.abs(one), 0)
      if (sum >= observed) atLeast++
    }
    expect(signFlipTest(differences)).toBeCloseTo(atLeast / 64, 12)
  })

  test('finds nothing in nothing, and takes one huge slice for one witness', () => {
    expect(signFlipTest([])).toBe(1)
    expect(signFlipTest([0, 0])).toBe(1)
    expect(signFlipTest([5000, 0, 0])).toBe(0.5)
  })
})

describe('beyondChance', () => {
  test('corrects by Holm: the k-th smallest against risk / (n - k)', () => {
    expect(beyondChance([0.04, 0.001, 0.02, 0.011], 0.05)).toEqual([true, true, true, true])
    expect(beyondChance([0.04, 0.001, 0.03, 0.011], 0.05)).toEqual([false, true, false, true])
    expect(beyondChance([0.013, 0.02], 0.02)).toEqual([false, false])
  })

  test('needs no test at all', () => expect(beyondChance([], 0.01)).toEqual([]))
})
