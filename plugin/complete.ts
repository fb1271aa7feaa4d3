// Completion: what may follow on the command line. Asks files or the cluster only where names are wanted.
import { Writable } from 'node:stream'
import type { Argument, Command, Option } from 'commander'
import { makeProgram } from './cli.ts'
import type { GlobalFlags } from './global-flags.ts'
import type { Io } from './io.ts'

/** kubectl's protocol: one candidate a line, `\t` before its description, then a directive of cobra's. */
export async function complete(argv: readonly string[], io: Io): Promise<number> {
  // Whatever goes wrong must not end up on the line that is being typed.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const patience = AbortSignal.timeout(5_000)
  const quiet: Io = Object.create(io, { stderr: { value: silent }, signal: { value: patience } }) as Io
  const candidates = await candidatesFor(argv, quiet).catch(() => [])
  io.stdout.write(`${candidates.join('\n')}${candidates.length > 0 ? '\n' : ''}:${NO_FILES}\n`)
  return 0
}

const NO_FILES = 4

/** The last argument is the word that is being typed, perhaps empty. */
async function candidatesFor(argv: readonly string[], io: Io): Promise<string[]> {
  const program = makeProgram(io, () => Promise.resolve())
  const partial = argv.at(-1) ?? ''
  const line = readLine(argv.slice(0, -1), program)
  const attached = /^(--[a-z-]+)=(.*)$/.exec(partial)
  const option = attached ? line.options.find(({ long }) => long === attached[1]) : line.awaiting
  if (option) {
    const typed = attached?.[2] ?? partial
    const values = await valuesOf(option, line, io)
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

/** Lenient where arguments.ts is strict: the line is not finished. */
function readLine(words: readonly string[], program: Command): Line {
  const positionals: string[] = []
  const values: Record<string, string> = {}
  const all = [...program.options, ...program.commands.flatMap((command) => command.options)]
  const find = (name: string, from = all) => from.find(({ long, short }) => long === name || short === name)
  let awaiting: Option | undefined
  for (const word of words) {
    const [name = '', ...value] = word.split('=')
    if (awaiting) {
      values[awaiting.attributeName()] = word
      awaiting = undefined
    } else if (!word.startsWith('-')) positionals.push(word)
    else if (value.length > 0) values[find(name)?.attributeName() ?? ''] = value.join('=')
    else awaiting = find(name)?.required ? find(name) : undefined
  }
  const command = program.commands.find((one) => one.name() === positionals[0])
  const options = [...(command?.options ?? []), ...program.options]
  return { command, options, awaiting, positionals: positionals.slice(1), flags: values }
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
  const { virtualServiceNames } = await import('./complete-names.ts')
  return (await virtualServiceNames(flags, io)).filter((name) => !positionals.includes(name))
}

function variadic(command: Command): Argument | undefined {
  const last = command.registeredArguments.at(-1)
  return last?.variadic ? last : undefined
}

async function valuesOf(option: Option, { positionals, flags }: Line, io: Io): Promise<readonly string[]> {
  const fixed = option.argChoices ?? FIXED[option.long ?? '']
  if (fixed) return fixed
  const names = await import('./complete-names.ts')
  switch (option.long) {
    case '--namespace':
      return names.namespaces(flags, io)
    case '--context':
    case '--cluster':
    case '--user':
      return names.kubeconfigNames(option.long.slice(2) as 'context' | 'cluster' | 'user', flags, io)
    case '--to':
    case '--from':
      return names.subsets(positionals[0], flags, io)
    case '--route':
      return names.routes(positionals[0], flags, io)
    case '--probe':
      return names.pods(flags, io)
    default:
      return []
  }
}

const FIXED: Readonly<Record<string, readonly string[]>> = {
  '--dry-run': ['none', 'server', 'client'],
  '--output': ['json', 'yaml', 'name', 'wide', 'jsonpath='],
  '--method': ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
  '--percent': ['1', '5', '10', '25', '50', '100'],
  '--for': ['10m', '30m', '1h', '8h']
}
