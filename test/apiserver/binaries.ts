// Where the API server's own binaries come from: KUBEBUILDER_ASSETS, or the sandbox's cache, filled when empty.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildPrograms } from '../sandbox/build.ts'
import { fetchIstio, fetchTools } from '../sandbox/downloads.ts'
import { Failure } from '../sandbox/failure.ts'
import type { Session } from '../sandbox/session.ts'
import { API_SERVER_PROGRAMS } from '../sandbox/programs.ts'

export interface Binaries {
  etcd: string
  'kube-apiserver': string
  kubectl: string
}

/** `assets` is the value of KUBEBUILDER_ASSETS, a folder as `setup-envtest use` makes it. */
export async function findBinaries(session: Session, assets: string | undefined): Promise<Binaries> {
  if (assets !== undefined && assets !== '') return binariesIn(assets)
  const { progress } = session
  const programs = await progress.step('etcd and kube-apiserver', (say) =>
    buildPrograms(API_SERVER_PROGRAMS, session, say)
  )
  const tools = await progress.step('kubectl', () => fetchTools(session))
  return { ...programs, kubectl: join(tools, 'kubectl') }
}

/** A file with Istio's real resource definitions. */
export async function findIstioCrds(session: Session): Promise<string> {
  return session.progress.step('Istio resource definitions', async () => (await fetchIstio(session)).crds)
}

function binariesIn(folder: string): Binaries {
  const paths = {
    etcd: join(folder, 'etcd'),
    'kube-apiserver': join(folder, 'kube-apiserver'),
    kubectl: join(folder, 'kubectl')
  }
  const missing = Object.entries(paths).filter(([, path]) => !existsSync(path))
  if (missing.length === 0) return paths
  throw new Failure(`KUBEBUILDER_ASSETS: ${folder} has no ${missing.map(([name]) => name).join(', ')}`, {
    remedy: 'fill it with `setup-envtest use`, or unset KUBEBUILDER_ASSETS to have them built'
  })
}
