// The command line: commands, flags, help, and the exit code. Knows no cluster: the work of a command is loaded when it runs.
import { type Argument, Command, CommanderError } from 'commander'
import { describeError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { GLOBAL_FLAGS } from '../kubeconfig/global-flags.ts'
import { normalise } from './arguments.ts'
import { FlagOption, type Run } from './command.ts'
import { COMMANDS } from './commands.ts'

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
    io.stderr.write(`${describeError(error)}\n`)
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
    .usage('COMMAND [NAME] [flags]')
    .helpCommand(false)
  for (const flag of GLOBAL_FLAGS) program.addOption(new FlagOption(flag).hideHelp())
  for (const make of COMMANDS) program.addCommand(make(run))
  program.addHelpText('after', '\nUse "kubectl mirror COMMAND --help" for more about a command.')
  for (const command of program.commands) {
    command
      .usage(['', ...command.registeredArguments.map(describeArgument), '[flags]'].join(' ').trim())
      .addHelpText(
        'after',
        '\nUse "kubectl mirror options" for the flags that every command takes, such as --namespace.'
      )
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
