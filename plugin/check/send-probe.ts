// Sends the marked requests, by whatever HTTP client the container has, and says what became of them. Knows no cluster.
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
    const answers: string[] = []
    while (answers.length < times) {
      const { code, stdout, stderr } = await execute(command)
      const answer = stdout.trim()
      why = stderr.trim()
      // curl writes 000 where nobody answered; wget writes nothing at all.
      if (answer === NO_ANSWER || (code !== 0 && answer === '')) break
      answers.push(answer || 'done')
    }
    const answered = `answered ${[...new Set(answers)].join(', ')}`
    if (answers.length === times)
      return link('ok', 'probe', `${what}${times > 1 ? `, ${times} times` : ''}: ${answered}`)
    if (answers.length > 0) {
      return link(
        'warning',
        'probe',
        `${what}, ${answers.length} of ${times} times: ${answered}; then not at all: ${why}`
      )
    }
    // What curl could not reach, wget would not reach either.
    if (why.startsWith('curl: (')) break
  }
  const remedy = why.startsWith('curl: (') ? undefined : 'the container needs curl or wget; --container names another'
  return link('failed', 'probe', `${what} was not answered: ${why}`, remedy)
}

const NO_ANSWER = '000'

/** wget sends nothing but GET in every one of its builds. */
function commandsFor({ url, method, headers, marker }: MarkedRequest): string[][] {
  const curl = ['curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}\n', '-m', '10', '-A', marker]
  const wget = ['wget', '-q', '-O', '/dev/null', '-T', '10', '-U', marker]
  // With -X HEAD curl waits for a body until the time is up.
  const verb = method === 'HEAD' ? ['-I'] : ['-X', method]
  return [
    [...curl, ...verb, ...headers.flatMap((header) => ['-H', header]), url],
    ...(method === 'GET' ? [[...wget, ...headers.flatMap((header) => ['--header', header]), url]] : [])
  ]
}
