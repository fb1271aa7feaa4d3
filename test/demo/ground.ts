// Where the tutorial plays: a sandbox of this machine's, or a cluster that the user has. Both as environment for commands.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { existingCluster, hasWebhook, imageFlags, readImage, requireGatewayApi } from '../existing-cluster.ts'
import { toolsFolder } from '../sandbox/downloads.ts'
import { Failure } from '../sandbox/failure.ts'
import type { Session } from '../sandbox/session.ts'
import { down, up } from '../sandbox/up.ts'
import { buildWebhookImage, WEBHOOK_IMAGE } from '../sandbox/webhook-image.ts'
import { NAMESPACE, type Route, type Stage } from './story.ts'

export interface Ground extends Stage {
  readonly env: NodeJS.ProcessEnv
  /** Whether it is there after the demo: then what the story made must be removed. */
  readonly stays: boolean
  /** How to use it after --keep. */
  readonly usage: string
  leave(): Promise<void>
}

const DIST = join(import.meta.dirname, '../../dist')

/** One that stood before stays up. */
export async function sandboxGround(session: Session, scratch: string, route: Route): Promise<Ground> {
  const { place } = session
  const { reused } = await up(session)
  const leave = async () => {
    if (!reused) await down({ ...session, signal: new AbortController().signal })
  }
  try {
    await buildWebhookImage(session)
    const env = environment(place.kubeconfig, scratch, [toolsFolder(place)])
    return {
      env,
      route,
      manifests: `test/sandbox/${route.folder}`,
      ...(hasWebhook(env) ? {} : { chartFlags: imageFlags(WEBHOOK_IMAGE).join(' ') }),
      stays: reused,
      usage: `  eval "$(npm run --silent sandbox -- env)"\n  kubectl mirror status --namespace ${NAMESPACE}\nTo take it down:\n  npm run sandbox -- down`,
      leave
    }
  } catch (error) {
    await leave()
    throw error
  }
}

export interface Existing {
  readonly context: string
  readonly image: string | undefined
  readonly scratch: string
  readonly route: Route
}

export async function existingGround({ context, image, scratch, route }: Existing): Promise<Ground> {
  const env = environment(existingCluster(context, scratch), scratch, [])
  if (route.kind === 'HTTPRoute') requireGatewayApi(context, env)
  const installed = hasWebhook(env)
  if (!installed && image === undefined) {
    throw new Failure(`context ${context} has no kubectl-mirror webhook, and no image of it is given`, {
      remedy:
        'npm run build && docker build -f webhook/Dockerfile -t REF . && docker push REF, then npm run demo -- --context ' +
        `${context} --image REF; or install the chart yourself first`
    })
  }
  return {
    env,
    route,
    manifests: `examples/${route.folder}`,
    ...(installed || image === undefined ? {} : { chartFlags: imageFlags(readImage(image)).join(' ') }),
    stays: true,
    // Ours needs the Node that runs this: a machine's own may be too old.
    usage: `  export PATH="$PWD/dist:${dirname(process.execPath)}:$PATH"\n  kubectl mirror status --context ${context} --namespace ${NAMESPACE}`,
    leave: async () => {}
  }
}

/** A kubeconfig of its own, whose namespace is the story's, so that the user's is never written to. */
function environment(kubeconfig: string, scratch: string, tools: readonly string[]): NodeJS.ProcessEnv {
  const own = join(scratch, 'kubeconfig')
  const PATH = [DIST, ...tools, process.env['PATH']].join(delimiter)
  const raw = execFileSync('kubectl', ['config', 'view', '--raw', '--flatten'], {
    env: { ...process.env, PATH, KUBECONFIG: kubeconfig }
  })
  writeFileSync(own, raw, { mode: 0o600 })
  const env = { ...process.env, PATH, KUBECONFIG: own, KUBECACHEDIR: join(scratch, 'cache') }
  execFileSync('kubectl', ['config', 'set-context', '--current', '--namespace', NAMESPACE], { env })
  return env
}
