// Sends the marked requests with curl or wget, whichever the container has. Knows no cluster.
import type { Executed } from '../resources/exec.ts'
import { link, type Link } from './link.ts'
import type { ProbeRequest } from './probe-request.ts'

export interface MarkedRequest extends ProbeRequest {
  /** The user agent. */
  readonly marker: string
  /** Name of the pod. */
  readonly from: string
}

export async function sendProbe(
  request: MarkedRequest,
  execute: (command: readonly string[]) => Promise<Executed>
): Promise<Link> {
  const { method, url, times, from } = request
  const what = `${method} ${url} from ${from}`
  let why = ''
  for (const command of commandsFor(request)) {
    const responses: string[] = []
    while (responses.length < times) {
      const { code, stdout, stderr } = await execute(command)
      const response = stdout.trim()
      why = stderr.trim()
      // Without a response curl writes 000, and wget nothing.
      if (response === NO_RESPONSE || (code !== 0 && response === '')) break
      responses.push(response || 'done')
    }
    const received = `response ${[...new Set(responses)].join(', ')}`
    if (responses.length === times)
      return link('ok', 'probe', `${what}${times > 1 ? `, ${times} times` : ''}: ${received}`)
    if (responses.length > 0) {
      return link('warning', 'probe', `${what}, ${responses.length} of ${times} times: ${received}; then none: ${why}`)
    }
    // What curl cannot reach, wget cannot either.
    if (why.startsWith('curl: (')) break
  }
  const remedy = why.startsWith('curl: (') ? undefined : 'the container needs curl or wget; --container names another'
  return link('failed', 'probe', `${what} got no response: ${why}`, remedy)
}

const NO_RESPONSE = '000'

/** Some builds of wget can only send GET. */
function commandsFor({ url, method, headers, marker }: MarkedRequest): string[][] {
  const curl = ['curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}\n', '-m', '10', '-A', marker]
  const wget = ['wget', '-q', '-O', '/dev/null', '-T', '10', '-U', marker]
  // With -X HEAD, curl waits for a body until it times out.
  const option = method === 'HEAD' ? ['-I'] : ['-X', method]
  return [
    [...curl, ...option, ...headers.flatMap((header) => ['-H', header]), url],
    ...(method === 'GET' ? [[...wget, ...headers.flatMap((header) => ['--header', header]), url]] : [])
  ]
}
