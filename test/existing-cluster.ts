// A cluster that the user has, by a context of their kubeconfig: copied into a file, so that theirs is never written to.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from './sandbox/failure.ts'

/** A kubeconfig in `folder` with that context alone. Fails unless the cluster has Istio. */
export function existingCluster(context: string, folder: string): string {
  const kubeconfig = join(folder, 'user-kubeconfig')
  const view = ['config', 'view', '--raw', '--minify', '--flatten', '--context', context]
  writeFileSync(kubeconfig, ask(process.env, view, `there is no context ${context} to use`), { mode: 0o600 })
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  const istio = ['get', 'crd', 'virtualservices.networking.istio.io']
  ask(env, istio, `context ${context} has no Istio: install it, then run this again`)
  return kubeconfig
}

export function requireGatewayApi(context: string, env: NodeJS.ProcessEnv): void {
  const definition = ['get', 'crd', 'httproutes.gateway.networking.k8s.io']
  ask(env, definition, `context ${context} has no Gateway API: install its CRDs, then run this again`)
}

/** Whether the chart is installed there. */
export function hasWebhook(env: NodeJS.ProcessEnv): boolean {
  const args = ['get', 'mutatingwebhookconfigurations', '-l', 'app.kubernetes.io/name=kubectl-mirror', '-o', 'name']
  return ask(env, args, 'the cluster cannot be asked for its webhooks') !== ''
}

export interface Image {
  readonly repository: string
  readonly tag: string
}

/** `registry.example:5000/kubectl-mirror:v1` */
export function readImage(reference: string): Image {
  const [, repository = reference, tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(reference) ?? []
  return { repository, tag }
}

/** In the words of the chart's values, for helm. */
export function imageFlags({ repository, tag }: Image): string[] {
  return ['--set', `image.repository=${repository},image.tag=${tag}`]
}

function ask(env: NodeJS.ProcessEnv, args: readonly string[], otherwise: string): string {
  try {
    return execFileSync('kubectl', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    throw new Failure(otherwise, {
      cause: error,
      remedy: String((error as { stderr?: string }).stderr ?? error).trim()
    })
  }
}
