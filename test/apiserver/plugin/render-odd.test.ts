// Generated VirtualServices in every style that YAML has, through render: kubectl must read the plan, or a sentence says why not.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ANNOTATIONS } from '../../../mirror/annotations.ts'
import { edit } from '../../../mirror/edit.ts'
import { withAnnotations } from '../../../mirror/virtual-service.ts'
import { renderStreams } from '../../../plugin/render/render-stream.ts'
import { wished } from '../../unit/mirror/generate.ts'
import { oddText } from '../../unit/plugin/render/odd-text.ts'
import { readByKubectl } from './kubectl-judge.ts'
import { planned, stored } from './planned.ts'

const RUNS = 60
const now = new Date()
/** Two processes of kubectl for each. */
const timeout = 240_000
const seed = process.env['CI'] ? 20_261_128 : Date.now() % 2 ** 31

test(`kubectl reads the plan from what is printed (seed ${seed})`, { timeout }, async () => {
  const counts = { rendered: 0, refused: 0, unreadable: 0 }
  for (const [index, object] of mirrorable().entries()) {
    const text = oddText(object, seed + index)
    const read = await readByKubectl(text)
    if (read === undefined) {
      counts.unreadable++
      continue
    }
    const plan = planned(read, now)
    const { documents, problems } = renderStreams([{ name: 'odd.yaml', bytes: Buffer.from(text) }], now)
    if (problems.length > 0) {
      counts.refused++
      expect(problems[0], text).toMatch(/^odd\.yaml:\d+: /)
      expect(plan, text).toBeUndefined()
      continue
    }
    const again = await readByKubectl(documents.map((document) => document.text).join(''))
    expect(again?.map(stored), text).toEqual(plan)
    counts.rendered++
  }
  console.log(`odd manifests: ${JSON.stringify(counts)}`)
  expect(counts.rendered).toBeGreaterThan(RUNS * 0.7)
})

/** Without limits: render makes them from DestinationRules, which these files do not have. */
function mirrorable(): object[] {
  const asked = wished.map(([base, { [ANNOTATIONS.limit]: _, ...wish }]) => withAnnotations(base, wish))
  const sample = fc.sample(asked, { numRuns: RUNS * 8, seed })
  return sample.filter((object) => edit(object, now).problems.length === 0).slice(0, RUNS)
}
