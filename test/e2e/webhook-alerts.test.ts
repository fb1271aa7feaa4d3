// The chart's alerts by Prometheus' own promtool: valid, firing on what they are for, silent otherwise.
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cached, inScratch } from '../sandbox/cache.ts'
import { run } from '../sandbox/command.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'

const MONITORING = new URL('../../charts/kubectl-mirror/monitoring/', import.meta.url).pathname

/** From Debian's package of Prometheus, unless it is installed. */
async function promtool(): Promise<string> {
  const installed = ['/usr/bin/promtool', '/usr/local/bin/promtool'].find((path) => existsSync(path))
  if (installed) return installed
  const session = {
    place: placeOf(process.env),
    progress: new Progress(process.stderr),
    signal: new AbortController().signal
  }
  const folder = await cached(session, 'promtool', (entry) =>
    inScratch(session.place.cache, async (scratch) => {
      await run('apt-get', ['download', 'prometheus'], { cwd: scratch })
      const [archive = ''] = await readdir(scratch)
      await run('dpkg', ['-x', join(scratch, archive), entry])
      await rm(join(entry, 'usr/bin/prometheus'))
    })
  )
  return join(folder, 'usr/bin/promtool')
}

test('the alerts are valid, fire and keep silent as they should', async () => {
  const tool = await promtool()
  expect(await run(tool, ['check', 'rules', join(MONITORING, 'alerts.yaml')])).toContain('SUCCESS')
  expect(await run(tool, ['test', 'rules', join(MONITORING, 'alerts.test.yaml')])).toContain('SUCCESS')
})
