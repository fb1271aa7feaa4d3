// httpbin behind an HTTPRoute, for callers in the mesh and for those of a Gateway. Knows no mirror.
import { openMesh, type Mesh } from '../mesh.ts'
import { callersOf, openGateway, type Caller } from './callers.ts'

const EXAMPLE = new URL('../../../examples/httpbin-gateway-api', import.meta.url).pathname

export const ROUTE = 'httproute/httpbin'
export const CALLERS = callersOf('httpbin')

/** Ready for the callers in the mesh alone. */
export async function openHttpbin(namespace: string): Promise<Mesh> {
  const mesh = await openMesh(namespace, EXAMPLE)
  await openGateway(mesh.kubectl)
  return mesh
}

/** From now on the route serves these, and no others. */
export async function serve(mesh: Mesh, callers: readonly Caller[]): Promise<void> {
  const patch = [{ op: 'replace', path: '/spec/parentRefs', value: callers.map(({ parent }) => parent) }]
  await mesh.kubectl(['patch', ROUTE, '--type=json', '-p', JSON.stringify(patch)])
  await settled(mesh, false, callers)
}

/** Waits until the proxies of all of them do as the route says. */
export async function settled(mesh: Mesh, mirrored: boolean, callers: readonly Caller[] = CALLERS): Promise<void> {
  await Promise.all(callers.map(({ host }) => mesh.settle(mirrored, { host })))
}
