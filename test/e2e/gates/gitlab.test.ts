// The script of examples/gates/gitlab, in the image and with the rights that it names, as a runner of GitLab starts it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { kubectl } from '../kubectl.ts'
import { openShop, V1, type Shop } from '../compare/shop.ts'
import { isShort } from '../short.ts'
import { example, underLoad, verdictOf, type Verdict } from './example.ts'

const NAMESPACE = 'e2e-gates-gitlab'

interface Pipeline {
  readonly compare: {
    readonly image: { readonly name: string }
    readonly variables: Readonly<Record<string, string>>
    readonly script: readonly string[]
    readonly after_script: readonly string[]
    readonly artifacts: { readonly paths: readonly string[]; readonly reports: { readonly junit: string } }
  }
}

let shop: Shop

beforeAll(async () => {
  shop = await openShop(NAMESPACE)
  for (const file of ['rights.yaml', 'gitlab/rights.yaml'])
    await shop.kubectl(['apply', '-f', '-'], example(file, NAMESPACE))
  await shop.route(`route: [${V1}]`)
  const token = await shop.kubectl(['create', 'token', 'kubectl-mirror-gate', '--duration=1h'])
  await shop.kubectl([
    'create',
    'secret',
    'generic',
    'file',
    `--from-literal=kubeconfig=${await kubeconfigWith(token)}`
  ])
})
afterAll(() => shop?.close())

test.skipIf(isShort)('passes a v2 that is as good, and leaves no mirror', async () => {
  const verdict = await run('equal')
  expect(verdict, verdict.log).toMatchObject({ exitCode: 0 })
  expect(verdict.log).toMatch(/<testsuites? [^>]*failures="0"/)
})

test('fails one that is worse as the comparison does, and leaves its reports and no mirror', async () => {
  await shop.setMirror(['WORSE=1'])
  const verdict = await run('worse')
  expect(verdict, verdict.log).toMatchObject({ exitCode: 2 })
  expect(verdict.log).toContain('<failure')
  expect(verdict.log).toContain('GET /errors')
})

async function run(mark: string): Promise<Verdict> {
  const pipeline = (parse(example('gitlab/gitlab-ci.yml', NAMESPACE)) as Pipeline).compare // in this repository
  const { result } = await underLoad(shop.kubectl, mark, async () => {
    await shop.kubectl(['delete', 'job', 'pipeline', '--ignore-not-found'])
    await shop.kubectl(['apply', '-f', '-'], JSON.stringify(runnerOf(pipeline)))
    return verdictOf(shop.kubectl, 'pipeline')
  })
  expect(await shop.kubectl(['get', 'virtualservice', 'shop', '--output=yaml'])).not.toMatch(
    /mirror:|kubectl-mirror\.dev/
  )
  return result
}

/** Runs the scripts as a runner does, and then prints the report for GitLab; each artifact must be there. */
function runnerOf({ image, variables, script, after_script: after, artifacts }: Pipeline['compare']): unknown {
  const { paths, reports } = artifacts
  const shell = `(set -e\n${script.join('\n')}\n)\ncode=$?\n${after.join('\n')}\nls ${paths.join(' ')} && cat ${reports.junit} || exit 99\nexit $code`
  // By requests, as the other examples: see example.ts.
  const command = ['sh', '-c', shell.replace('--for=4m, ', '--for=4m ')]
  const env = Object.entries({ ...variables, NAMESPACE, KUBECONFIG: '/file/kubeconfig' })
  const container = {
    name: 'runner',
    image: image.name,
    command,
    env: env.map(([name, value]) => ({ name, value })),
    workingDir: '/builds',
    volumeMounts: [
      { name: 'file', mountPath: '/file' },
      { name: 'builds', mountPath: '/builds' }
    ]
  }
  const spec = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    volumes: [
      { name: 'file', secret: { secretName: 'file' } },
      { name: 'builds', emptyDir: {} }
    ],
    containers: [container]
  }
  const template = { metadata: { labels: { 'sidecar.istio.io/inject': 'false' } }, spec }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'pipeline' }, spec: { backoffLimit: 0, template } }
}

async function kubeconfigWith(token: string): Promise<string> {
  const configMap = ['get', 'configmap', 'kube-root-ca.crt', '--namespace', NAMESPACE]
  const authority = await kubectl(...configMap, String.raw`--output=jsonpath={.data.ca\.crt}`)
  const cluster = {
    server: 'https://kubernetes.default.svc',
    'certificate-authority-data': Buffer.from(authority).toString('base64')
  }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'here', cluster }],
    users: [{ name: 'gate', user: { token } }],
    contexts: [{ name: 'gate', context: { cluster: 'here', user: 'gate' } }],
    'current-context': 'gate'
  })
}
