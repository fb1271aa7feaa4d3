// `kubectl mirror compare`: its argument and help.
import { COMPARE_FLAGS } from '../../compare/flags.ts'
import { command, VIRTUAL_SERVICE } from './command.ts'

export const EXIT_CODES = `Exit codes: 0 passed, or no conditions; 2 a condition holds; 3 no data to evaluate a condition, or
the run ended before its limit; 1 any other error.`

export const compare = command({
  name: 'compare',
  description: 'Match each request with its copy in access logs, and say what differs beyond noise',
  argument: VIRTUAL_SERVICE,
  flags: COMPARE_FLAGS,
  help: `
Conditions of --fail-on: status (%), missing (%), size (% or B), p50, p95, p99 (% or ms). A
difference that may be noise does not fail a build.

${EXIT_CODES}

To compare headers and bodies, use "kubectl mirror diff".`,
  run: async (name, flags, io) => (await import('../../compare/compare.ts')).compare(name, flags, io)
})
