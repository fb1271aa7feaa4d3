// Generated VirtualServices in every style that YAML has, through render: kubectl must read the plan, or a sentence says why not.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ANNOTATIONS } from '../../../mirror/annotations.ts'
import { edit } from '../../../mirror/edit.ts'
import { withAnnotations } from '../../../mirror/virtual-service.ts'
import { renderStreams } from '../../../plugin/render/render-stream.ts'
import { wished } from '../../unit/mirror/generate.ts'
import { oddText } from '../../unit/plugin/render/odd-text.ts'
import { readEachByKubectl } from './kubectl-judge.ts'
import { planned, stored } from './planned.ts'

const RUNS = 60
const now = new Date()
const seed = process.env['CI'] ? 20_261_128 : Date.now() % 2 ** 31

test(`kubectl reads the plan from what is printed (seed ${seed})`, async () => {
  const counts = { rendered: 0, refused: 0, unreadable: 0 }
  const texts = mirrorable().map((object, index) => oddText(object, seed + index))
  const read = await readEachByKubectl(texts)
  const [asked, printed, plans]: [string[], string[], unknown[]] = [[], [], []]
  for (const [index, text] of texts.entries()) {
    const objects = read[index]
    if (objects === undefined) {
      counts.unreadable++
      continue
    }
    const plan = planned(objects, now)
    const { documents, problems } = renderStreams([{ name: 'odd.yaml', bytes: Buffer.from(text) }], now)
    if (problems.length > 0) {
      counts.refused++
      expect(problems[0], text).toMatch(/^odd\.yaml:\d+: /)
      expect(plan, text).toBeUndefined()
      continue
    }
    asked.push(text)
    printed.push(documents.map((document) => document.text).join(''))
    plans.push(plan)
    counts.rendered++
  }
  for (const [index, again] of (await readEachByKubectl(printed)).entries())
    expect(again?.map(stored), asked[index]).toEqual(plans[index])
  console.log(`odd manifests: ${JSON.stringify(counts)}`)
  expect(counts.rendered).toBeGreaterThan(RUNS * 0.7)
})

/** Without limits: render makes them from DestinationRules, which these files do not have. */
function mirrorable(): object[] {
  const asked = wished.map(([base, { [ANNOTATIONS.limit]: _, ...wish }]) => withAnnotations(base, wish))
  const sample = fc.sample(asked, { numRuns: RUNS * 8, seed })
  return sample.filter((object) => edit(object, now).problems.length === 0).slice(0, RUNS)
}
