// Debian's Chromium, installed when it is missing, and how a test starts it; opens no page.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './command.ts'
import { exclusively } from './lock.ts'
import type { Session } from './session.ts'

const CHROMIUM = '/usr/bin/chromium'

/** Options for playwright-core, which downloads no browser of its own. */
export async function installChromium({
  place,
  progress,
  signal
}: Session): Promise<{ executablePath: string; args: string[] }> {
  if (!existsSync(CHROMIUM)) {
    await progress.step('Chromium', (say) =>
      exclusively('packages', { say, signal }, async () => {
        const options = { log: join(place.logs, 'chromium.log'), env: { DEBIAN_FRONTEND: 'noninteractive' } }
        await run('apt-get', ['update', '-q'], options)
        await run(
          'apt-get',
          ['install', '-q', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
          options
        )
      })
    )
  }
  // As root it has no sandbox of its own; what stays off would call its maker.
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync'
  ]
  return { executablePath: CHROMIUM, args }
}
