// `kubectl mirror options`: the flags that every verb takes.
import { Command } from 'commander'
import type { Run } from '../cli.ts'
import { globalOptions } from '../../kubeconfig/global-flags.ts'

export function command(run: Run): Command {
  return new Command('options').description('List the flags that every verb takes').action(() =>
    run((io) => {
      const options = globalOptions()
      const width = Math.max(...options.map(({ flags }) => flags.length)) + 3
      io.stdout.write('The following options can be passed to any verb:\n\n')
      for (const { flags, description } of options) io.stdout.write(`  ${flags.padEnd(width)}${description}\n`)
      return Promise.resolve(0)
    })
  )
}
