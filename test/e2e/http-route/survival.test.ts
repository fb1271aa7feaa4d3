// An HTTPRoute's mirror outlives every way of re-applying it, for the callers in the mesh and for those of a Gateway.
import { testReapplies } from '../reapply.ts'
import { CALLERS, openHttpbin, ROUTE } from './httpbin.ts'

testReapplies({
  route: ROUTE,
  to: 'httpbin-v2',
  mirror: '"requestMirror":{"backendRef":{"group":"","kind":"Service","name":"httpbin-v2","port":80}}',
  hosts: CALLERS.map(({ host }) => host),
  open: () => openHttpbin('e2e-route-survival'),
  manifest: (timeout, metadata) => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: ${metadata}
spec:
  parentRefs: ${JSON.stringify(CALLERS.map(({ parent }) => parent))}
  rules:
  - timeouts: {request: ${timeout}s}
    backendRefs: [{name: httpbin-v1, port: 80}]
`
})
