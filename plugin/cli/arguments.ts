// Turns what kubectl's users type into what commander reads: the command, its flags, the positionals.
import type { Command } from 'commander'
import { Spellings } from './spellings.ts'

/**
 * `-n=foo`, `-nfoo`, `-n foo` -> `--namespace=foo`; `--follow=false` -> `--no-follow`, or nothing where that is the
 * default; a flag with an optional value takes it only after `=`. Flags first, then the positionals behind `--`.
 */
export function normalise(argv: readonly string[], program: Command): string[] {
  const command = findCommand(argv, program)
  const name = findName(argv, program)
  // A command that is mistyped matters more than its flags. Commander suggests the one that was meant.
  if (command === undefined && name !== undefined && !argv.some((one) => one === '--help' || one === '-h'))
    return [name]
  const options = [...program.options, ...(command?.options ?? [])]
  const usage = ['kubectl mirror', ...(command ? [command.name()] : [])].join(' ')
  const { flags, positionals } = split(argv, new Spellings(options, usage))
  if (command === undefined) return [...positionals.slice(0, 1), ...flags, '--', ...positionals.slice(1)]
  return [command.name(), ...flags, '--', ...positionals.slice(1)]
}

export function findCommand(argv: readonly string[], program: Command): Command | undefined {
  const name = findName(argv, program)
  return program.commands.find((one) => one.name() === name || one.aliases().includes(name ?? ''))
}

/** The first positional. Flags of any command may come before it. */
function findName(argv: readonly string[], program: Command): string | undefined {
  const options = [...program.options, ...program.commands.flatMap((command) => command.options)]
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!
    if (argument === '--') return argv[index + 1]
    if (!argument.startsWith('-') || argument === '-') return argument
    const option = options.find(({ long, short }) => argument === long || argument === short)
    if (option?.required) index++
  }
  return undefined
}

function split(argv: readonly string[], spellings: Spellings): { flags: string[]; positionals: string[] } {
  const flags: string[] = []
  const positionals: string[] = []
  const rest = [...argv]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--') return { flags, positionals: [...positionals, ...rest] }
    if (isFlag(argument)) flags.push(...spellings.read(argument, rest))
    else positionals.push(argument)
  }
  return { flags, positionals }
}

export function isFlag(argument: string): boolean {
  return argument.startsWith('-') && argument !== '-'
}
