// `kubectl mirror disable`: its argument and help.
import { DISABLE_FLAGS } from '../../enable/flags.ts'
import { command, VIRTUAL_SERVICES } from './command.ts'

export const disable = command({
  name: 'disable',
  description: 'End a mirror: the VirtualService becomes exactly what it was',
  argument: VIRTUAL_SERVICES,
  flags: DISABLE_FLAGS,
  run: async (names, flags, io) => (await import('../../enable/disable.ts')).disable(names, flags, io)
})
