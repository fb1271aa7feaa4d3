// A pod without credentials that POSTs to the webhook's Service. Knows nothing of what it sends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { inject } from 'vitest'
import { kubectl } from './webhook-writes.ts'

const IMAGE = 'localhost/httpbin:sandbox'
const WEBHOOK = 'https://kubectl-mirror.kubectl-mirror.svc/mutate'

export interface Response {
  /** `allowed`, `allowed, patched`, `denied`, or the HTTP status of what is no review. */
  readonly outcome: string
  readonly milliseconds: number
}

export interface Stranger {
  /** The same body, one after the other. */
  post(body: Buffer, times: number): Promise<Response[]>
}

export async function openStranger(namespace: string): Promise<Stranger> {
  await kubectl('run', 'stranger', '--namespace', namespace, '--image', IMAGE, '--command', '--', 'sleep', 'infinity')
  await kubectl('wait', 'pod/stranger', '--namespace', namespace, '--for=condition=Ready', '--timeout=60s')
  return {
    async post(body, times) {
      const curl = `curl -sk -o /tmp/response -w '%{http_code} %{time_total} ' -H content-type:application/json --data-binary @/tmp/body`
      const judge = `head -c 2000000 /tmp/response | grep -o '"allowed":[a-z]*\\|"patchType"' | sort -u | tr '\\n' ' '; echo`
      const script = `cat > /tmp/body; for i in $(seq ${times}); do ${curl} ${WEBHOOK}; ${judge}; done`
      const lines = (await exec(namespace, script, body)).trim().split('\n')
      return lines.map(responseOf)
    }
  }
}

function responseOf(line: string): Response {
  const [status = '', seconds = '', ...found] = line.trim().split(' ')
  const allowed = found.includes('"allowed":true')
  const outcome = allowed
    ? found.includes('"patchType"')
      ? 'mirrored'
      : 'allowed'
    : found.includes('"allowed":false')
      ? 'denied'
      : `HTTP ${status}`
  return { outcome, milliseconds: Number(seconds) * 1000 }
}

async function exec(namespace: string, script: string, stdin: Buffer): Promise<string> {
  const env = { ...process.env, KUBECONFIG: inject('kubeconfig'), PATH: inject('path') }
  const args = ['exec', '--stdin', 'pod/stranger', '--namespace', namespace, '--', 'sh', '-c', script]
  const child = spawn('kubectl', args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stdin.end(stdin)
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`kubectl exec ended with ${code}: ${stdout}`)
  return stdout
}
