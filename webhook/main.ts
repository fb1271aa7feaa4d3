// The webhook's process: arguments, environment, signals, exit. Everything else is told what it needs.
import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import { obtainCertificate } from './certificate-secret.ts'
import { connect } from './cluster.ts'
import { testMutation } from './mutation-test.ts'
import { readConfig, type Config } from './config.ts'
import { createMetrics } from './metrics.ts'
import { review } from './review.ts'
import { createServer, listen } from './server.ts'

const config = readConfig(process.argv.slice(2), process.env, (folder) => readFileSync(`${folder}/namespace`, 'utf8'))
if (Array.isArray(config)) {
  for (const problem of config) console.error(`error: ${problem}`)
  process.exitCode = 1
} else if (config.verb === 'test') await test(config)
else await serve(config)

async function serve(settings: Config): Promise<void> {
  const log = pino({
    level: settings.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) }
  })
  const metrics = createMetrics()
  let ready = false
  const server = createServer({
    review: (request) => review(request, new Date()),
    metrics: metrics.admission,
    registry: metrics.registry,
    log,
    concurrency: settings.concurrency,
    unready: () => (ready ? undefined : 'no serving certificate yet')
  })
  const cluster = connect({ ...settings.apiServer, serviceAccountFolder: settings.serviceAccountFolder })

  let signals = 0
  const stop = async (signal: string): Promise<void> => {
    if (++signals > 1) process.exit(1)
    log.info({ signal, drain: settings.drainMs }, 'draining; a second signal ends at once')
    await server.drain(settings.drainMs)
    cluster.close()
    process.exit(0)
  }
  process.on('SIGTERM', (signal) => void stop(signal))
  process.on('SIGINT', (signal) => void stop(signal))

  const operationsPort = await listen(server.operations, settings.operationsPort)
  server.use(await obtainCertificate(cluster, settings, settings.certificateLifetimeMs, () => new Date()))
  const port = await listen(server.https, settings.port)
  ready = true
  log.info({ port, operationsPort }, 'ready')
}

async function test({ apiServer, serviceAccountFolder, namespace }: Config): Promise<void> {
  const found = await testMutation(connect({ ...apiServer, serviceAccountFolder }), namespace)
  if (found !== undefined) process.exitCode = 1
  console.log(found ?? 'ok: an annotated VirtualService comes back mirrored (server dry-run)')
}
