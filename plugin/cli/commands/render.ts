// `kubectl mirror render`: its flags and help.
import { Command } from 'commander'
import type { Run } from '../cli.ts'
import { outputOption } from './flags.ts'

export function command(run: Run): Command {
  return new Command('render')
    .description('Make the mirrors that annotations ask for in manifests, without any cluster')
    .option('-f, --filename <path...>', 'file or directory with manifests, or - for standard input; may be repeated')
    .option('-R, --recursive', 'look into the directories of a directory, too')
    .addOption(outputOption('yaml or json'))
    .addHelpText(
      'after',
      `
Every VirtualService gets what the webhook would make of its annotations; one that was mirrored and is no longer asked to
be gets its own rules back. Lines that an edit does not touch are printed byte for byte, and documents without our annotations
are not even read. JSON stays JSON. What kubectl would not read from the output as planned is refused, and nothing is printed.

Examples:
  # See what an annotation does
  kubectl mirror render -f virtual-service.yaml | diff virtual-service.yaml -

  # In a pipeline, where no webhook is installed
  kustomize build . | kubectl mirror render -f - | kubectl apply -f -`
    )
    .action((_: unknown, self: Command) =>
      run(async (io) => (await import('../../render/render.ts')).render(self.optsWithGlobals(), io))
    )
}
