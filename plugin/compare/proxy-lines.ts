// Lines of a sidecar's log that are no access log: what its agent and Envoy say of themselves. Knows no request.

/** Tells such lines from others; one for each log, since some messages run over several lines. */
export class ProxyLines {
  #inMessage = false

  has(line: string): boolean {
    if (isMessage(line)) {
      this.#inMessage = LONG_MESSAGE.test(line)
      return true
    }
    if (this.#inMessage) this.#inMessage = CONTINUED.test(line)
    return this.#inMessage || line.trim() === ''
  }
}

function isMessage(line: string): boolean {
  return MESSAGES.some((pattern) => pattern.test(line)) || (line.startsWith('{') && isJsonMessage(line))
}

const LEVEL = '(trace|debug|info|warn|warning|error|critical|fatal|off)'
const MESSAGES: readonly RegExp[] = [
  // Istio's agent, and Envoy as it starts it.
  new RegExp(String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z\t${LEVEL}\t`),
  // Envoy's own format.
  new RegExp(String.raw`^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\]\[\d+\]\[${LEVEL}\]`),
  // klog, of the agent's Kubernetes client.
  /^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w./-]+:\d+\]/
]

/** The agent begins with its configuration as YAML. */
const LONG_MESSAGE = /\tEffective config: /
const CONTINUED = /^(\s|- |[A-Za-z]\w*:( |$)|$)/

/** With `--log_as_json`. */
function isJsonMessage(line: string): boolean {
  try {
    const { level, time, msg } = JSON.parse(line) as Readonly<Record<string, unknown>>
    return typeof level === 'string' && typeof time === 'string' && typeof msg === 'string'
  } catch {
    return false
  }
}
