// The webhook's process: arguments, environment, signals, exit. It passes the rest what they need.
import { readFileSync } from 'node:fs'
import { cleanUp } from './controller/cleanup.ts'
import { connect } from './kubernetes/client.ts'
import { readConfig, type Config } from './config.ts'
import { isBeingUninstalled } from './controller/helm-release.ts'
import { createLog } from './kubernetes/log.ts'
import { selfTest } from './controller/self-test.ts'
import { serve } from './serve.ts'

const config = readConfig(process.argv.slice(2), process.env, (folder) => readFileSync(`${folder}/namespace`, 'utf8'))
if (Array.isArray(config)) {
  for (const problem of config) console.error(`error: ${problem}`)
  process.exitCode = 1
} else await { serve: run, test, cleanup }[config.command](config)

async function run(settings: Config): Promise<void> {
  const log = createLog(settings.logLevel)
  const webhook = await serve(settings, log)
  log.info({ port: webhook.port, operationsPort: webhook.operationsPort }, 'listening')
  let signals = 0
  const stop = async (signal: string): Promise<void> => {
    if (++signals > 1) process.exit(1)
    log.info({ signal, drainMs: settings.drainMs }, 'draining; a second signal exits at once')
    await webhook.stop()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
}

async function test({ apiServer, serviceAccountFolder, namespace, labels }: Config): Promise<void> {
  const { ok, text } = await selfTest(connect({ ...apiServer, serviceAccountFolder }), namespace, labels)
  if (!ok) process.exitCode = 1
  console.log(text)
}

async function cleanup({ apiServer, serviceAccountFolder, namespace, records, configuration }: Config): Promise<void> {
  const cluster = connect({ ...apiServer, serviceAccountFolder })
  const { answer, reason } = await isBeingUninstalled(cluster, { namespace, records, configuration })
  if (answer === 'unknown') {
    console.error(
      `error: removed nothing: ${reason}. Helm's storage driver must be secret or configmap; with Flux, spec.storageNamespace must be the release's namespace; after very many rollbacks, run helm upgrade once. To uninstall without removing mirrors: helm uninstall --no-hooks`
    )
    process.exitCode = 1
    return
  }
  if (answer === 'no') {
    console.log(
      `nothing to do: the release is not being uninstalled: ${reason}. To end a mirror: kubectl mirror disable NAME`
    )
    return
  }
  const { cleaned, removed, left, refused } = await cleanUp(cluster)
  for (const name of cleaned) console.log(`cleaned ${name}`)
  console.log(`${cleaned.length} routes cleaned of mirrors and annotations`)
  for (const path of removed) console.log(`deleted ${path}`)
  for (const path of left) console.log(`kept ${path}: it has our label but no valid expiry`)
  for (const one of refused) console.error(`error: not cleaned: ${one}`)
  if (refused.length > 0) process.exitCode = 1
}
