// The same edit as a module of Pepr. Built by its own `pepr build` in a cache folder: Pepr is no dependency of ours.
import { a, Capability, PeprModule, RegisterKind } from 'pepr'
import config from './package.json'

interface Destination {
  host: string
  subset?: string
}

class VirtualService extends a.GenericKind {
  spec!: {
    http: { route: { destination: Destination }[]; mirror?: Destination; mirrorPercentage?: { value: number } }[]
  }
}

RegisterKind(VirtualService, { group: 'networking.istio.io', version: 'v1', kind: 'VirtualService' })

const mirror = new Capability({ name: 'mirror', description: 'Mirrors annotated VirtualServices' })

mirror
  .When(VirtualService)
  .IsCreatedOrUpdated()
  .WithAnnotation('kubectl-mirror.dev/to')
  .Mutate((change) => {
    const subset = change.Raw.metadata!.annotations!['kubectl-mirror.dev/to']!
    for (const rule of change.Raw.spec.http) {
      rule.mirror = { ...rule.route[0]!.destination, subset }
      rule.mirrorPercentage = { value: 100 }
    }
    change.SetAnnotation('kubectl-mirror.dev/injected', `httpbin:8000/${subset}=100`)
  })

new PeprModule(config, [mirror], { deferStart: true }).start(Number(process.env.PORT))
