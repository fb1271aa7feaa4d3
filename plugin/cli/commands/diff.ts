// `kubectl mirror diff`: its argument and help.
import { DIFF_FLAGS } from '../../diff/flags.ts'
import { command, VIRTUAL_SERVICE } from './command.ts'
import { EXIT_CODES } from './compare.ts'

export const diff = command({
  name: 'diff',
  description: "Compare both versions' whole responses: status, headers and bodies",
  argument: VIRTUAL_SERVICE,
  flags: DIFF_FLAGS,
  help: `
An EnvoyFilter opens the tap filter of both versions' sidecars. It is removed when the run ends.

Conditions of --fail-on: field (%), status (%), missing (%), size (% or B), and without --baseline
p50, p95, p99 (% or ms). A difference that may be noise does not fail a build.

${EXIT_CODES}`,
  run: async (name, flags, io) => (await import('../../diff/diff.ts')).diff(name, flags, io)
})
