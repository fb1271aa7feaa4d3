// Completion: what may follow on the command line. Asks files or the cluster only where names are wanted.
import { Writable } from 'node:stream'
import type { Argument, Command, Option } from 'commander'
import { findCommand, isFlag } from './arguments.ts'
import { makeProgram } from './cli.ts'
import { FlagOption } from './command.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'
import type { Io } from '../io/io.ts'
import { Spellings } from './spellings.ts'

/** kubectl's protocol: one candidate a line, `\t` before its description, then a directive of cobra's. */
export async function complete(argv: readonly string[], io: Io): Promise<number> {
  // No error may appear on the line that is being typed.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const patience = AbortSignal.timeout(5_000)
  const quiet: Io = Object.create(io, { stderr: { value: silent }, signal: { value: patience } }) as Io
  const candidates = await candidatesFor(argv, quiet).catch(() => [])
  const lines = candidates === FILES ? [`:${DEFAULT}`] : [...candidates, `:${NO_FILES}`]
  io.stdout.write(`${lines.join('\n')}\n`)
  return 0
}

/** Of cobra's directives: the shell completes files, or nothing but the candidates. */
const DEFAULT = 0
const NO_FILES = 4
const FILES: readonly string[] = []

/** The last argument is the word that is being typed, perhaps empty. */
async function candidatesFor(argv: readonly string[], io: Io): Promise<readonly string[]> {
  const program = makeProgram(io, () => Promise.resolve())
  const partial = argv.at(-1) ?? ''
  const line = readLine(argv, program)
  const attached = /^(--[a-z-]+)=(.*)$/.exec(partial)
  const option = attached ? line.options.find(({ long }) => long === attached[1]) : line.awaiting
  if (option) {
    const typed = attached?.[2] ?? partial
    const values = await valuesOf(option, line, io)
    if (values === FILES) return FILES
    return values
      .filter((value) => value.startsWith(typed))
      .map((value) => (attached ? `${attached[1]}=${value}` : value))
  }
  const all = partial.startsWith('-') ? flagsOf(line) : await positionalsOf(line, program, io)
  return all.filter((candidate) => candidate.startsWith(partial))
}

interface Line {
  readonly command: Command | undefined
  readonly options: readonly Option[]
  /** A flag that was just typed and wants a value. */
  readonly awaiting: Option | undefined
  readonly positionals: readonly string[]
  readonly flags: GlobalFlags
}

/** Lenient where arguments.ts is strict: the line is not finished, and its last word is still being typed. */
function readLine(words: readonly string[], program: Command): Line {
  const command = findCommand(words.slice(0, -1), program)
  const options = [...(command?.options ?? []), ...program.options]
  const spellings = new Spellings(options, '')
  const positionals: string[] = []
  const flags: string[] = []
  const rest = [...words]
  while (rest.length > 1) {
    const word = rest.shift()!
    if (!isFlag(word)) positionals.push(word)
    else flags.push(...readFlag(spellings, word, rest))
  }
  // A flag that took the last word awaits its value.
  const awaiting = rest.length === 0 ? options.find(({ long }) => flags.at(-1)?.startsWith(`${long}=`)) : undefined
  program.parseOptions(awaiting ? flags.slice(0, -1) : flags)
  return { command, options, awaiting, positionals: positionals.slice(1), flags: program.opts<GlobalFlags>() }
}

function readFlag(spellings: Spellings, word: string, rest: string[]): string[] {
  try {
    return spellings.read(word, rest)
  } catch {
    return []
  }
}

function flagsOf({ options }: Line): string[] {
  return options.map(({ long, description }) => `${long}\t${description}`)
}

async function positionalsOf({ command, positionals, flags }: Line, program: Command, io: Io): Promise<string[]> {
  if (command === undefined) return program.commands.map((one) => `${one.name()}\t${one.description()}`)
  const argument: Argument | undefined = command.registeredArguments[positionals.length] ?? variadic(command)
  if (argument === undefined) return []
  if (argument.argChoices) return [...argument.argChoices]
  if (argument.name() !== 'name') return []
  const { routeNames } = await import('./complete-names.ts')
  return (await routeNames(flags, io)).filter((name) => !positionals.includes(name))
}

function variadic(command: Command): Argument | undefined {
  const last = command.registeredArguments.at(-1)
  return last?.variadic ? last : undefined
}

async function valuesOf(option: Option, { positionals, flags }: Line, io: Io): Promise<readonly string[]> {
  const completion = option instanceof FlagOption ? option.completion : []
  if (typeof completion !== 'string') return completion
  const names = await import('./complete-names.ts')
  switch (completion) {
    case 'namespaces':
    case 'pods':
      return names.names(completion, flags, io)
    case 'clusters':
    case 'contexts':
    case 'users':
      return names.kubeconfigNames(completion, flags, io)
    case 'routes':
      return names.routes(positionals[0], flags, io)
    case 'subsets':
      return names.subsets(positionals[0], flags, io)
    case 'files':
      return FILES
    default:
      return completion satisfies never
  }
}
