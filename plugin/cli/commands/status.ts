// `kubectl mirror status`: its flags and help.
import { Command } from 'commander'
import type { Run } from '../cli.ts'
import { outputOption } from './flags.ts'

export function command(run: Run): Command {
  return new Command('status')
    .description('Show what is mirrored, and whether it works')
    .argument('[name...]', 'VirtualServices (NAME or vs/NAME), or hosts that exactly one of them serves')
    .option('-A, --all-namespaces', 'of the whole cluster')
    .option('-l, --selector <labels>', 'only VirtualServices with these labels, for example team=web')
    .addOption(outputOption('wide, json, yaml, name or jsonpath=TEMPLATE'))
    .option('-w, --watch', 'then follow the changes')
    .option('--no-headers', 'print no header')
    .action((names: string[], _: unknown, self: Command) =>
      run(async (io) => (await import('../../status/status.ts')).status(names, self.optsWithGlobals(), io))
    )
}
