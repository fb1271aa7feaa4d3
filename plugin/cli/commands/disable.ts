// `kubectl mirror disable`: its flags and help.
import { Command } from 'commander'
import type { Run } from '../cli.ts'
import { dryRunOption, fieldManagerOption, outputOption } from './flags.ts'

export function command(run: Run): Command {
  return new Command('disable')
    .description('End a mirror: the VirtualService is again what it was')
    .argument('[name...]', 'VirtualServices (NAME or vs/NAME), or hosts that exactly one of them serves')
    .option('--all', 'every mirrored VirtualService of the namespace')
    .option('-A, --all-namespaces', 'every mirrored VirtualService of the cluster')
    .option('-l, --selector <labels>', 'every mirrored VirtualService with these labels, for example team=web')
    .option('--created', 'and delete the VirtualServices and DestinationRules that enable --create has made')
    .addOption(dryRunOption())
    .addOption(fieldManagerOption())
    .addOption(outputOption('json, yaml, name or jsonpath=TEMPLATE'))
    .action((names: string[], _: unknown, self: Command) =>
      run(async (io) => (await import('../../enable/disable.ts')).disable(names, self.optsWithGlobals(), io))
    )
}
