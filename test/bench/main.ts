// The benchmarks' command line: npm run bench -- [PART ...]. Measures nothing itself.
import { explain, Failure } from '../sandbox/failure.ts'
import { interruption } from '../sandbox/interruption.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import { ADMISSION } from './admission.ts'
import { BODIES } from './bodies.ts'
import { COMPARE } from './compare.ts'
import { CONTROLLER } from './controller.ts'
import { GROWTH } from './growth.ts'
import { LOGS } from './logs.ts'
import { circumstances } from './circumstances.ts'
import { writePage } from './page.ts'
import type { Part } from './part.ts'
import { PLUGIN } from './plugin.ts'
import { readResults, writeResults } from './results.ts'
import { withStage } from './stage.ts'
import { summary } from './table.ts'
import { THROUGH_API_SERVER } from './through-api-server.ts'

const PARTS: readonly Part[] = [ADMISSION, GROWTH, THROUGH_API_SERVER, CONTROLLER, PLUGIN, LOGS, COMPARE, BODIES]

async function main(names: readonly string[]): Promise<void> {
  const known = PARTS.map(({ name }) => name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Failure(`unknown part: ${unknown.join(', ')}. Known are: ${known.join(', ')}`)
  const asked = PARTS.filter(({ name }) => names.length === 0 || names.includes(name))
  const session = { place: placeOf(process.env), progress: new Progress(process.stderr), signal: interruption() }
  const { signal, progress } = session
  await withStage(session, async (stage) => {
    for (const part of asked) {
      const before = await circumstances()
      const started = performance.now()
      const findings = await progress.step(part.title, (say) =>
        part.run(stage, (text) => {
          signal.throwIfAborted() // a part says something at least once a round
          say(text)
        })
      )
      console.log(summary(part, findings))
      const seconds = (performance.now() - started) / 1000
      await writeResults({ ...(await readResults()), [part.name]: { ...before, seconds, ...findings } })
    }
  })
  await writePage(PARTS, await readResults())
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
}
