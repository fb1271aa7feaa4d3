// The resource definitions of what the chart can make for others (Prometheus Operator, cert-manager): their Go modules
// carry them. Fetches and joins; applies nothing.
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const MODULES = {
  'github.com/prometheus-operator/prometheus-operator@v0.83.0': 'example/prometheus-operator-crd',
  'github.com/cert-manager/cert-manager@v1.18.2': 'deploy/crds'
}
const WANTED = /(servicemonitors|podmonitors|prometheusrules|crd-certificates|crd-issuers)\.yaml$/

/** One YAML stream. */
export async function foreignDefinitions(): Promise<string> {
  const texts: string[] = []
  for (const [module, folder] of Object.entries(MODULES)) {
    const env = { ...process.env, GOFLAGS: '-mod=mod' }
    const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd: tmpdir(), env })
    const path = join((JSON.parse(stdout) as { Dir: string }).Dir, folder)
    for (const file of (await readdir(path)).filter((name) => WANTED.test(name))) {
      const text = await readFile(join(path, file), 'utf8')
      texts.push(text.replace(/^.*\{\{.*\n/gm, '')) // cert-manager's labels are templates of its own chart
    }
  }
  return texts.join('\n---\n')
}
