// `kubectl mirror version`: the version of this plugin, from package.json.
import { VERSION } from '../../io/version.ts'
import { command } from './command.ts'

export const version = command({
  name: 'version',
  description: 'Print the version of this plugin',
  run: (_, __, io) => {
    io.stdout.write(`kubectl-mirror ${VERSION}\n`)
    return Promise.resolve(0)
  }
})
