// `kubectl mirror completion`: its flags and help.
import { Argument, Command } from 'commander'
import type { Run } from '../cli.ts'

export function command(run: Run): Command {
  return new Command('completion')
    .description('Print how to set up completion for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish', 'powershell']))
    .addHelpText(
      'after',
      `
kubectl completes its plugins' arguments by itself, once its own completion is set up and kubectl_complete-mirror is on the
PATH. What is printed sets up both, where that is still to be done:

  source <(kubectl mirror completion bash)`
    )
    .action((shell: Shell) => run(async (io) => (await import('../completion.ts')).completion(shell, io)))
}

type Shell = 'bash' | 'zsh' | 'fish' | 'powershell'
