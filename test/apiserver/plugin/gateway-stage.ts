// The Gateway API, beside the webhook, for a test file of its own; and what Istio would say of an HTTPRoute, as no Istio runs here.
import { installChart, startWebhook } from '../webhook/under-test.ts'
import { ask, collection } from '../ask.ts'
import { applyAll, areEstablished, deleteAll } from '../objects.ts'
import { gatewayDefinitions } from '../../webhook-definitions.ts'

/** Ends it. */
export async function startGatewayApi(): Promise<() => Promise<void>> {
  const definitions = await gatewayDefinitions()
  await applyAll(definitions)
  await areEstablished(definitions)
  const chart = await installChart()
  const webhook = await startWebhook(chart)
  return async () => {
    await webhook.stop()
    await chart.uninstall()
    await deleteAll(definitions)
  }
}

/** For HTTPRoute httpbin as it is in the given generation. */
export async function answerAsIstio(namespace: string, generation: number, resolved: boolean): Promise<void> {
  const said = { reason: resolved ? 'ResolvedRefs' : 'BackendNotFound', message: 'said by a test' }
  const condition = (type: string, status: boolean) => ({
    type,
    status: status ? 'True' : 'False',
    observedGeneration: generation,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    ...said
  })
  const parent = {
    controllerName: 'istio.io/gateway-controller',
    parentRef: { group: '', kind: 'Service', name: 'httpbin', port: 8000 },
    conditions: [condition('Accepted', true), condition('ResolvedRefs', resolved)]
  }
  const path = `${collection(namespace, 'gateway.networking.k8s.io/v1', 'httproutes')}/httpbin/status`
  await ask(path, 'PATCH', { status: { parents: [parent] } }, 'merge-patch+json')
}
