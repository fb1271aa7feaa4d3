// `kubectl mirror status`: its argument and help.
import { STATUS_FLAGS } from '../../status/flags.ts'
import { command, VIRTUAL_SERVICES } from './command.ts'

export const status = command({
  name: 'status',
  description: 'Show what is mirrored, and whether it works',
  argument: VIRTUAL_SERVICES,
  flags: STATUS_FLAGS,
  run: async (names, flags, io) => (await import('../../status/status.ts')).status(names, flags, io)
})
