// A VirtualService's mirror outlives every way of re-applying it.
import { openMesh } from './mesh.ts'
import { testReapplies } from './reapply.ts'

testReapplies({
  route: 'virtualservice/httpbin',
  to: 'v2',
  mirror: '"mirror":{"host":"httpbin","subset":"v2"}',
  hosts: ['httpbin:8000'],
  open: () => openMesh('e2e-survival'),
  manifest: (timeout, metadata) => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: ${metadata}
spec:
  hosts: [httpbin]
  http:
  - timeout: ${timeout}s
    route: [{destination: {host: httpbin, subset: v1}}]
`
})
