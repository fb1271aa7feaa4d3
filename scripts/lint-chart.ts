// helm lint of the chart, with its default values and with each example in ci/, by the helm that the sandbox uses.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fetchTools } from '../test/sandbox/downloads.ts'
import { placeOf } from '../test/sandbox/place.ts'
import { Progress } from '../test/sandbox/progress.ts'

const CHART = join(import.meta.dirname, '../charts/kubectl-mirror')

const tools = await fetchTools({
  place: placeOf(process.env),
  progress: new Progress(process.stderr),
  signal: new AbortController().signal
})
const examples = readdirSync(join(CHART, 'ci')).map((file) => join(CHART, 'ci', file))
for (const values of [join(CHART, 'values.yaml'), ...examples]) {
  const { status } = spawnSync(join(tools, 'helm'), ['lint', '--strict', '--quiet', CHART, '--values', values], {
    stdio: 'inherit'
  })
  if (status !== 0) {
    console.error(`helm lint fails with ${values}; see above`)
    process.exitCode = 1
  }
}
