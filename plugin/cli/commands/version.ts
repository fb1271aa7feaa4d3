// `kubectl mirror version`: its flags and help.
import { Command } from 'commander'
import type { Run } from '../cli.ts'

export function command(run: Run): Command {
  return new Command('version').description('Print the version of this plugin').action(() =>
    run(async (io) => {
      const { VERSION } = await import('../../io/version.ts')
      io.stdout.write(`kubectl-mirror ${VERSION}\n`)
      return 0
    })
  )
}
