// `kubectl mirror render`: its flags and help.
import { RENDER_FLAGS } from '../../render/flags.ts'
import { command } from './command.ts'

export const render = command({
  name: 'render',
  description: 'Make the mirrors that annotations ask for in manifests, without any cluster',
  flags: RENDER_FLAGS,
  help: `
Every VirtualService gets what the webhook would make of its annotations; one that no longer asks
for a mirror gets its own rules back. Lines that an edit does not touch are printed byte for byte.
JSON stays JSON. If kubectl would read the output differently, render fails and prints nothing.

Examples:
  # See what an annotation does
  kubectl mirror render -f virtual-service.yaml | diff virtual-service.yaml -

  # In a pipeline, where no webhook is installed
  kustomize build . | kubectl mirror render -f - | kubectl apply -f -`,
  run: async (_, flags, io) => (await import('../../render/render.ts')).render(flags, io)
})
