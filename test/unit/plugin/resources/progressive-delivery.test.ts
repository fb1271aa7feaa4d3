// Whose an HTTPRoute is, by what Flagger and Argo Rollouts' plugin for the Gateway API write and are configured with.
import { expect, test } from 'vitest'
import type { Cluster } from '../../../../plugin/client/client.ts'
import { findOwner, refuseOwned } from '../../../../plugin/resources/progressive-delivery.ts'
import type { StoredVirtualService } from '../../../../plugin/resources/virtual-services.ts'

const CANARY = 'rollouts.argoproj.io/gatewayapi-canary'
const ACTIVE = 'rollouts.argoproj.io/gatewayapi-active-rollouts'

function route(metadata: object = {}, kind = 'HTTPRoute'): StoredVirtualService {
  const apiVersion = kind === 'HTTPRoute' ? 'gateway.networking.k8s.io/v1' : 'networking.istio.io/v1'
  return {
    apiVersion,
    kind,
    metadata: { name: 'podinfo', namespace: 'shop', uid: 'u', resourceVersion: '1', ...metadata }
  }
}

/** With one Rollout, `shop/backend`, that drives by these. */
function clusterWith(trafficRouting: object, namespace = 'shop'): Cluster {
  const rollout = { metadata: { name: 'backend', namespace }, spec: { strategy: { canary: { trafficRouting } } } }
  const stub = {
    async *list() {
      yield { items: [rollout], resourceVersion: '1' }
    }
  }
  return stub as unknown as Cluster // nothing else is asked of it
}

const plugin = (config: object) => ({ plugins: { 'argoproj-labs/gatewayAPI': config } })

test.for<[what: string, object: StoredVirtualService, routing: object, owner: string | undefined]>([
  ['one name', route(), plugin({ httpRoute: 'podinfo', namespace: 'shop' }), 'Rollout backend (Argo Rollouts)'],
  [
    'a list of names',
    route(),
    plugin({ httpRoutes: [{ name: 'x' }, { name: 'podinfo', useHeaderRoutes: true }] }),
    'Rollout backend (Argo Rollouts)'
  ],
  [
    'a selector',
    route({ labels: { app: 'podinfo' } }),
    plugin({ httpRouteSelector: { matchLabels: { app: 'podinfo' } } }),
    'Rollout backend (Argo Rollouts)'
  ],
  [
    'a selector of others',
    route({ labels: { app: 'x' } }),
    plugin({ httpRouteSelector: { matchLabels: { app: 'podinfo' } } }),
    undefined
  ],
  ['the name in another namespace', route(), plugin({ httpRoute: 'podinfo', namespace: 'other' }), undefined],
  ['a GRPCRoute of the name', route(), plugin({ grpcRoute: 'podinfo' }), undefined],
  ['a VirtualService of the name', route(), { istio: { virtualService: { name: 'podinfo' } } }, undefined],
  ['an HTTPRoute, for a VirtualService', route({}, 'VirtualService'), plugin({ httpRoute: 'podinfo' }), undefined],
  ['its mark of a canary that runs', route({ labels: { [CANARY]: 'in-progress' } }), {}, 'a Rollout (Argo Rollouts)'],
  [
    'its record of those that run',
    route({ annotations: { [ACTIVE]: 'shop/backend,shop/x' } }),
    {},
    'Rollout backend (Argo Rollouts)'
  ],
  [
    'what Flagger makes',
    route({
      ownerReferences: [
        {
          apiVersion: 'flagger.app/v1beta1',
          kind: 'Canary',
          name: 'podinfo',
          uid: 'a',
          blockOwnerDeletion: true,
          controller: true
        }
      ],
      annotations: {
        'helm.toolkit.fluxcd.io/driftDetection': 'disabled',
        'kustomize.toolkit.fluxcd.io/reconcile': 'disabled'
      },
      managedFields: [{ manager: 'flagger', operation: 'Update' }]
    }),
    {},
    'Canary podinfo (Flagger)'
  ],
  ['nothing', route(), {}, undefined]
])('by %s', async ([, object, routing, owner]) => {
  expect(await findOwner(clusterWith(routing), object)).toBe(owner)
})

test('it is refused, unless forced', async () => {
  const cluster = clusterWith(plugin({ httpRoute: 'podinfo' }))
  await expect(refuseOwned(cluster, route(), false)).rejects.toThrow(
    'HTTPRoute "podinfo" is managed by Rollout backend (Argo Rollouts), which would rewrite or undo the mirror; configure mirroring there, or use --force'
  )
  await refuseOwned(cluster, route(), true)
})
