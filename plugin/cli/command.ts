// Makes commander's commands and options of what is declared. Knows no command.
import { Argument, Command, Option } from 'commander'
import type { Completion, Flag, FlagsOf } from '../io/flags.ts'
import type { Io } from '../io/io.ts'
import type { GlobalFlags } from '../kubeconfig/global-flags.ts'

/** Runs the work of a command; the number is the exit code. */
export type Run = (act: (io: Io) => Promise<number>) => Promise<void>

/** `A`: `<name>`, `[name]` or `[name...]`. */
interface Declaration<A extends string, F extends readonly Flag[]> {
  readonly name: string
  readonly description: string
  readonly argument?: { readonly spelling: A; readonly description: string; readonly values?: readonly string[] }
  readonly flags?: F
  /** Printed behind the flags. */
  readonly help?: string
  /** Imports the work itself only now: `--help` stays fast. */
  run(argument: ArgumentOf<A>, flags: FlagsOf<F> & GlobalFlags, io: Io): Promise<number>
}

type ArgumentOf<A extends string> = A extends `${string}...${string}`
  ? readonly string[]
  : A extends `<${string}`
    ? string
    : string | undefined

export type MakeCommand = (run: Run) => Command

export function command<const A extends string = '', const F extends readonly Flag[] = []>(
  declared: Declaration<A, F>
): MakeCommand {
  const { name, description, argument, flags = [], help } = declared
  return (run) => {
    const made = new Command(name).description(description)
    if (argument) {
      const positional = new Argument(argument.spelling, argument.description)
      made.addArgument(argument.values ? positional.choices(argument.values) : positional)
    }
    for (const flag of flags) made.addOption(new FlagOption(flag))
    if (help !== undefined) made.addHelpText('after', `\n${help.trim()}`)
    return made.action((...args: unknown[]) => {
      const given = argument ? args[0] : undefined
      // The one place where commander's values get their declared types.
      const values = made.optsWithGlobals<FlagsOf<F> & GlobalFlags>()
      return run((io) => declared.run(given as ArgumentOf<A>, values, io))
    })
  }
}

/** commander's option, and what completes it. */
export class FlagOption extends Option {
  readonly completion: Completion

  constructor({ spelling, description, initial, completion = [] }: Flag) {
    super(spelling, description)
    this.completion = completion
    // Of a flag that only switches off, commander knows the default itself.
    if (initial !== undefined && !this.negate) this.default(initial)
  }
}
