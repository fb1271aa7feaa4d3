// `kubectl mirror options`: the flags that every command takes.
import { GLOBAL_FLAGS } from '../../kubeconfig/global-flags.ts'
import { command } from './command.ts'

export const options = command({
  name: 'options',
  description: 'List the flags that every command takes',
  run: (_, __, io) => {
    const width = Math.max(...GLOBAL_FLAGS.map(({ spelling }) => spelling.length)) + 3
    io.stdout.write('The following options can be passed to any command:\n\n')
    for (const { spelling, description } of GLOBAL_FLAGS) {
      io.stdout.write(`  ${spelling.padEnd(width)}${description}\n`)
    }
    return Promise.resolve(0)
  }
})
