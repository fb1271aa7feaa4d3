// The part "growth": what our webhook's review costs with ever more rules and targets. Knows no page.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startLoad } from './load.ts'
import { ratio, type Findings, type Part, type Row } from './part.ts'
import { createReview } from './review.ts'
import { startServer } from './servers.ts'
import type { Stage } from './stage.ts'

const SIZES = [
  { rules: 1, targets: 1 },
  { rules: 10, targets: 1 },
  { rules: 100, targets: 1 },
  { rules: 1000, targets: 1 },
  { rules: 20, targets: 1 },
  { rules: 20, targets: 5 },
  { rules: 20, targets: 20 }
] as const

const ROUNDS = 5
const SECONDS = 0.8

export const GROWTH: Part = {
  name: 'growth',
  title: 'Growth',
  about:
    'The same request to our webhook with more rules in the VirtualService, and with more targets in the annotation. ' +
    'Processor time is that of the whole process: TLS, parsing, the edit, the patch, the log.',
  measures: [
    { key: 'size', label: 'request', unit: 'kB', digits: 1 },
    { key: 'processor', label: 'processor time', unit: 'ms/request', digits: 3 },
    { key: 'p50', label: 'p50, 1 connection', unit: 'ms', digits: 2 }
  ],
  plots: [{ measure: 'processor', title: 'Processor time of a review, ms', x: 'rules' }],
  run: runGrowth
}

async function runGrowth(stage: Stage, say: (text: string) => void): Promise<Findings> {
  const reviews = SIZES.map(({ rules, targets }) => createReview(rules, targets).bytes)
  const bodies = await Promise.all(
    reviews.map(async (bytes, index) => {
      const file = join(stage.folder, `growth-${index}.json`)
      await writeFile(file, bytes)
      return file
    })
  )
  const samples = SIZES.map((): Record<'size' | 'processor' | 'p50', number[]> => ({
    size: [],
    processor: [],
    p50: []
  }))
  const { url, process } = await startServer('ours', stage, reviews[0]!)
  const load = startLoad()
  try {
    for (let round = -1; round < ROUNDS; round++) {
      for (const [index, body] of bodies.entries()) {
        const before = process.processorTime()
        const { requests, p50 } = await load.run({ url, body, connections: 1, seconds: SECONDS })
        if (round < 0) continue // warming up
        samples[index]!.size.push(reviews[index]!.length / 1000)
        samples[index]!.processor.push((process.processorTime() - before) / requests)
        samples[index]!.p50.push(p50)
      }
      say(`round ${round + 1} of ${ROUNDS}`)
    }
  } finally {
    load.stop()
    await process.stop()
  }
  const rows = SIZES.map(({ rules, targets }, index): Row => {
    const label = `${rules} rule${rules === 1 ? '' : 's'}, ${targets} target${targets === 1 ? '' : 's'}`
    return { name: label, label, ...(targets === 1 && rules !== 20 && { x: rules }), samples: samples[index]! }
  })
  const linear = {
    says: 'processor time of 1,000 rules, of ten times that of 100',
    of: rows[3]!,
    to: rows[2]!,
    measure: 'processor',
    bound: 'at most',
    limit: 1.3
  } as const
  return { rows, claims: [ratio(linear, 1 / 10)] }
}
