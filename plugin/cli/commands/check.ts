// `kubectl mirror check`: its flags and help.
import { Command } from 'commander'
import type { Run } from '../cli.ts'
import { outputOption } from './flags.ts'

export function command(run: Run): Command {
  return new Command('check')
    .description('Find out why copies do not arrive, or whether all is installed that they need')
    .argument('[name]', 'a VirtualService (NAME or vs/NAME), or a host; without it, the installation is checked')
    .option('--probe <pod>', 'send a marked request from this pod (or deploy/NAME), and find it in both versions')
    .option('--container <name>', 'container of that pod to send it from (default: the first)')
    .option('--path <path>', 'path of the marked request (default: what the first mirrored rule matches)')
    .addOption(outputOption('json, yaml or jsonpath=TEMPLATE'))
    .addHelpText(
      'after',
      '\nEach link is ok, a warning, failed, or unknown where you may not look. Exit code 1: one has failed.'
    )
    .action((name: string | undefined, _: unknown, self: Command) =>
      run(async (io) => (await import('../../check/check.ts')).check(name, self.optsWithGlobals(), io))
    )
}
