// The command line: verbs, flags, help, and the exit code. Knows no cluster: a verb's work is loaded when it runs.
import { type Argument, Command, CommanderError } from 'commander'
import { normalise } from './arguments.ts'
import { command as compare } from './commands/compare.ts'
import { command as check } from './commands/check.ts'
import { command as completion } from './commands/completion.ts'
import { command as diff } from './commands/diff.ts'
import { command as disable } from './commands/disable.ts'
import { command as enable } from './commands/enable.ts'
import { command as logs } from './commands/logs.ts'
import { command as options } from './commands/options.ts'
import { command as render } from './commands/render.ts'
import { command as status } from './commands/status.ts'
import { command as version } from './commands/version.ts'
import { describeError } from '../io/errors.ts'
import { harmless } from '../io/sanitize.ts'
import { globalOptions } from '../kubeconfig/global-flags.ts'
import type { Io } from '../io/io.ts'

/** What a command declaration hands its work to. The number is the exit code. */
export type Run = (act: (io: Io) => Promise<number>) => Promise<void>

/** One file a verb: it declares arguments and flags, and imports the work itself in its action. */
const COMMANDS: readonly ((run: Run) => Command)[] = [
  enable,
  disable,
  status,
  logs,
  compare,
  diff,
  check,
  render,
  completion,
  options,
  version
]

/** Returns the exit code. Never throws for what a user, a cluster or a network can do. */
export async function runCommandLine(argv: readonly string[], io: Io): Promise<number> {
  let code = 0
  const program = makeProgram(io, async (act) => {
    code = await act(io)
  })
  try {
    await program.parseAsync(normalise(withHelpFlag(argv), program), { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    if (io.signal.aborted) return 130
    // Servers, webhooks and hints of plugins have their say in it.
    io.stderr.write(`${describeError(error).split('\n').map(harmless).join('\n')}\n`)
    return 1
  }
}

/** `help logs` -> `logs --help`, as kubectl takes both. */
function withHelpFlag([first, ...rest]: readonly string[]): string[] {
  if (first === undefined) return ['--help']
  return first === 'help' ? [...rest, '--help'] : [first, ...rest]
}

export function makeProgram(io: Io, run: Run): Command {
  const program = new Command('kubectl mirror')
    .description('Shadow live traffic on Istio to a second version, and see what it does there.')
    .usage('VERB [NAME] [flags]')
    .helpCommand(false)
  for (const option of globalOptions()) program.addOption(option.hideHelp())
  for (const declare of COMMANDS) program.addCommand(declare(run))
  program.addHelpText('after', '\nUse "kubectl mirror VERB --help" for more about a verb.')
  for (const command of program.commands) {
    command
      .usage(['', ...command.registeredArguments.map(describeArgument), '[flags]'].join(' ').trim())
      .addHelpText('after', '\nUse "kubectl mirror options" for the flags that every verb takes, such as --namespace.')
  }
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .allowExcessArguments(false)
      .configureHelp({ subcommandTerm: (one) => one.name() })
      .configureOutput({
        writeOut: (text) => void io.stdout.write(text),
        writeErr: (text) => void io.stderr.write(text),
        outputError: (text, write) => write(text.replace(/^error: error: /, 'error: ')),
        getOutHelpWidth: () => io.stdout.columns ?? 100
      })
  }
  return program
}

/** `NAME`, `[NAME...]`: as kubectl writes what stands for something else. */
function describeArgument(argument: Argument): string {
  const name = `${argument.name().toUpperCase()}${argument.variadic ? '...' : ''}`
  return argument.required ? name : `[${name}]`
}
