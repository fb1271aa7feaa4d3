// Argo Rollouts on the sandbox: its real controller, with the rights that its own installation gives it. Knows no Rollout.
import { dirname, join } from 'node:path'
import { argoRolloutsInstallation } from '../../webhook-definitions.ts'
import { buildPrograms } from '../../sandbox/build.ts'
import { buildForSandbox } from '../../sandbox/import.ts'
import { placeOf } from '../../sandbox/place.ts'
import { Progress } from '../../sandbox/progress.ts'
import { kubectl, runKubectl } from '../kubectl.ts'

export interface ArgoRollouts {
  log(): Promise<string>
  /** Takes its definitions away too, and with them all Rollouts. */
  remove(): Promise<void>
}

const IMAGE = 'localhost/argo-rollouts:sandbox'
/** Its ClusterRoleBinding names it. */
const NAMESPACE = 'argo-rollouts'
const THERE = ['--namespace', NAMESPACE]

export async function installArgoRollouts(): Promise<ArgoRollouts> {
  const session = {
    place: placeOf(process.env),
    progress: new Progress(process.stderr),
    signal: new AbortController().signal
  }
  const programs = await session.progress.step('Argo Rollouts', (say) =>
    buildPrograms(['rollouts-controller'], session, say)
  )
  const dockerfile = join(import.meta.dirname, '../../sandbox/images/argo-rollouts.Dockerfile')
  await buildForSandbox({ context: dirname(programs['rollouts-controller']), dockerfile, tag: IMAGE }, session)
  const manifests = (await argoRolloutsInstallation())
    .replaceAll(/(?<=image: )\S*argo-rollouts:\S+/g, IMAGE)
    .replaceAll('imagePullPolicy: Always', 'imagePullPolicy: Never')
  await kubectl('create', 'namespace', NAMESPACE)
  await runKubectl(['apply', '--server-side', ...THERE, '-f', '-'], { input: manifests })
  await kubectl('rollout', 'status', 'deploy/argo-rollouts', '--timeout=120s', ...THERE)
  return {
    log: () => kubectl('logs', 'deploy/argo-rollouts', '--tail=-1', ...THERE),
    remove: async () => {
      await runKubectl(['delete', '--ignore-not-found', ...THERE, '-f', '-'], { input: manifests })
      await kubectl('delete', 'namespace', NAMESPACE, '--wait=false')
    }
  }
}
