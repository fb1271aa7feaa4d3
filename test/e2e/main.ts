// npm run e2e: the report in a browser, and everything else on a sandbox or, with --context, on a cluster that there is.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const USAGE = `Usage: npm run e2e -- [flags] [files] [vitest's own flags]

Runs the end-to-end tests, or those whose file names contain one of FILES, on a whole cluster of its own on this machine
(Linux, root, about 20 minutes to build it the first time).

  --short            every case, with less load and fewer repetitions, as CI does
  --context NAME     use this context of your kubeconfig instead: a cluster with Istio and sidecar injection, and without
                     kubectl-mirror, which the tests install and remove. What needs root on its node is skipped.
  --image REF        with --context: the webhook's image, where your cluster can pull it
  --application REF  with --context: an image with Python, gunicorn, httpbin and curl for the applications under test
  --help             this text`

const options = {
  short: { type: 'boolean' },
  context: { type: 'string' },
  image: { type: 'string' },
  application: { type: 'string' },
  help: { type: 'boolean' }
} as const

function main(): number {
  const { values, tokens } = parseArgs({ options, strict: false, allowPositionals: true, tokens: true })
  if (values.help === true) {
    console.log(USAGE)
    return 0
  }
  const { context, image, application, short } = values
  const missing = { '--image': image, '--application': application }
  const absent = Object.entries(missing).flatMap(([flag, value]) => (typeof value === 'string' ? [] : [flag]))
  if (context !== undefined && absent.length > 0) {
    console.error(`error: --context needs ${absent.join(' and ')}, too: the images that the tests run there`)
    return 1
  }
  const others = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [token.value]
    if (token.kind === 'option-terminator' || token.name in options) return []
    return [token.inlineValue === true ? `${token.rawName}=${token.value}` : token.rawName]
  })
  const env = {
    ...process.env,
    ...(short === true && { KUBECTL_MIRROR_E2E: 'short' }),
    ...(typeof context === 'string' && {
      KUBECTL_MIRROR_E2E_CONTEXT: context,
      KUBECTL_MIRROR_E2E_IMAGE: String(image),
      KUBECTL_MIRROR_E2E_APPLICATION: String(application)
    })
  }
  const vitest = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--project', 'browser', '--project', 'e2e', '--project', 'e2e-alone', ...others]
  return spawnSync(process.execPath, args, { env, stdio: 'inherit' }).status ?? 1
}

process.exitCode = main()
