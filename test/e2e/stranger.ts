// A pod without credentials that POSTs to the webhook's Service. Knows nothing of what it sends.
import { inject } from 'vitest'
import { kubectl, runKubectl } from './kubectl.ts'

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
  const image = ['--image', inject('images').application]
  await kubectl('run', 'stranger', '--namespace', namespace, ...image, '--command', '--', 'sleep', 'infinity')
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

function exec(namespace: string, script: string, input: Buffer): Promise<string> {
  const args = ['exec', '--stdin', 'pod/stranger', '--namespace', namespace, '--', 'sh', '-c', script]
  return runKubectl(args, { input })
}
