// `kubectl mirror check`: its argument and help.
import { CHECK_FLAGS } from '../../check/flags.ts'
import { command } from './command.ts'

export const check = command({
  name: 'check',
  description: 'Find out why copies do not arrive, or whether everything that they need is installed',
  argument: {
    spelling: '[name]',
    description: 'a VirtualService (NAME or vs/NAME), or a host; without it, the installation is checked'
  },
  flags: CHECK_FLAGS,
  help: 'Each link is ok, a warning, failed, or unknown where you may not look. Exit code 1: one has failed.',
  run: async (name, flags, io) => (await import('../../check/check.ts')).check(name, flags, io)
})
