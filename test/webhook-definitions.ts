// The resource definitions of other projects (Prometheus Operator, cert-manager, Gateway API, Argo Rollouts, Flagger): their Go modules carry them. Fetches and joins; applies nothing.
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { GATEWAY_API, PEERS } from './sandbox/versions.ts'

const run = promisify(execFile)

/** One YAML stream. */
export function prometheusDefinitions(): Promise<string> {
  return definitions(
    'github.com/prometheus-operator/prometheus-operator@v0.83.0',
    'example/prometheus-operator-crd',
    /(servicemonitors|podmonitors|prometheusrules)\.yaml$/
  )
}

/** One YAML stream. */
export function certManagerDefinitions(): Promise<string> {
  return definitions(`github.com/cert-manager/cert-manager@${PEERS.certManager}`, 'deploy/crds', /^crd-.*\.yaml$/)
}

/** One YAML stream. */
export function argoRolloutsDefinitions(): Promise<string> {
  return definitions(`github.com/argoproj/argo-rollouts@${PEERS.argoRollouts}`, 'manifests/crds', /-crd\.yaml$/)
}

/** One YAML stream: those, its controller and its rights. */
export function argoRolloutsInstallation(): Promise<string> {
  return definitions(`github.com/argoproj/argo-rollouts@${PEERS.argoRollouts}`, 'manifests', /^install\.yaml$/)
}

/** One YAML stream. */
export function flaggerDefinitions(): Promise<string> {
  return definitions(`github.com/fluxcd/flagger@${PEERS.flagger}`, 'artifacts/flagger', /^crd\.yaml$/)
}

/** One YAML stream. */
export function gatewayDefinitions(version: string = GATEWAY_API): Promise<string> {
  const wanted = /_(httproutes|grpcroutes|gateways|gatewayclasses|referencegrants)\.yaml$/
  return definitions(`sigs.k8s.io/gateway-api@${version}`, 'config/crd/standard', wanted)
}

async function definitions(module: string, folder: string, wanted: RegExp): Promise<string> {
  const env = { ...process.env, GOFLAGS: '-mod=mod' }
  const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd: tmpdir(), env })
  const path = join((JSON.parse(stdout) as { Dir: string }).Dir, folder)
  const files = (await readdir(path)).filter((name) => wanted.test(name))
  const texts = await Promise.all(files.map((file) => readFile(join(path, file), 'utf8')))
  // cert-manager's labels are templates of its own chart.
  return texts.map((text) => text.replace(/^.*\{\{.*\n/gm, '')).join('\n---\n')
}
