// npm run demo: the tutorial, on a sandbox cluster of its own or, with --context, on a cluster that there is.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from '../sandbox/command.ts'
import { explain, Failure } from '../sandbox/failure.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'
import type { Session } from '../sandbox/session.ts'
import { existingGround, sandboxGround } from './ground.ts'
import { openShell } from './shell.ts'
import { cleanUp, ROUTES, tell } from './story.ts'

const USAGE = `Usage: npm run demo -- [flags]

Runs the tutorial on a whole cluster of its own on this machine (Linux, root, about 20 minutes the first time).

  --gateway-api     tell it for an HTTPRoute of the Gateway API instead of Istio's VirtualService
  --keep            leave the cluster as it is at the end, and say how to use it
  --context NAME    use this context of your kubeconfig instead: a cluster with Istio and sidecar injection
  --image REF       with --context: the webhook's image, where your cluster can pull it; not needed when the chart is installed
  --help            this text`

const ROOT = join(import.meta.dirname, '../..')

interface Flags {
  readonly context?: string | undefined
  readonly image?: string | undefined
  readonly keep?: boolean | undefined
  readonly 'gateway-api'?: boolean | undefined
}

async function main(): Promise<number> {
  const options = {
    'gateway-api': { type: 'boolean' },
    keep: { type: 'boolean' },
    context: { type: 'string' },
    image: { type: 'string' },
    help: { type: 'boolean' }
  } as const
  const { values } = parseArgs({ options })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => stop.abort(new Failure(`interrupted by ${name}`)))
  }
  const scratch = mkdtempSync(join(tmpdir(), 'kubectl-mirror-demo-'))
  const session = { place: placeOf(process.env), progress: new Progress(process.stderr), signal: stop.signal }
  try {
    await play(session, scratch, values)
    return 0
  } catch (error) {
    console.error(`\n${explain(error)}`)
    return stop.signal.aborted ? 130 : 1
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function play(session: Session, scratch: string, { context, image, keep, ...flags }: Flags): Promise<void> {
  const { progress, signal } = session
  const route = flags['gateway-api'] ? ROUTES.gatewayApi : ROUTES.istio
  await progress.step('build the plugin and the webhook', () =>
    run(process.execPath, [join(ROOT, 'scripts/build.ts')], { cwd: ROOT, signal })
  )
  const ground =
    context === undefined
      ? await sandboxGround(session, scratch, route)
      : await existingGround({ context, image, scratch, route })
  const shell = openShell(ROOT, ground.env, session.signal)
  try {
    await tell(shell, ground)
    if (keep) shell.tell(`Left as it is. To use it:\n${ground.usage}`)
    else if (ground.stays) await cleanUp(shell, ground)
  } catch (error) {
    // Also after Ctrl-C: what the story began on a cluster that stays is removed.
    if (ground.stays) await cleanUp(openShell(ROOT, ground.env, new AbortController().signal), ground)
    throw error
  } finally {
    if (!keep || session.signal.aborted) await ground.leave()
  }
}

process.exitCode = await main()
