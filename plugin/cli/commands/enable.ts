// `kubectl mirror enable`: its argument and help.
import { ENABLE_FLAGS } from '../../enable/flags.ts'
import { command, VIRTUAL_SERVICE } from './command.ts'

export const enable = command({
  name: 'enable',
  description: 'Copy live requests to a second version, whose responses are discarded',
  argument: VIRTUAL_SERVICE,
  flags: ENABLE_FLAGS,
  help: `
Examples:
  # Copy every request for httpbin to subset v2
  kubectl mirror enable httpbin --to v2
  # A tenth of the GET requests, for half an hour
  kubectl mirror enable httpbin --to v2 --percent 10 --method GET --for 30m
  kubectl mirror enable httpbin --to shadow/    # another Service, whatever its subsets

A second enable replaces the first, defaults included. To copy more, it asks or needs --replace.`,
  run: async (name, flags, io) => (await import('../../enable/enable.ts')).enable(name, flags, io)
})
