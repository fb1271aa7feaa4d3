// Lines of a sidecar's log that are no access log: what its agent and Envoy say of themselves. Knows no request.

/** Tells such lines from others; one for each log, since some messages run over several lines. */
export class ProxyLines {
  /** When the last message began; -Infinity: something else came since. A log may be read from the middle of one. */
  #messageAt: number | undefined

  /** `at`: when the line was printed, in milliseconds. */
  has(line: string, at: number): boolean {
    if (isMessage(line)) {
      this.#messageAt = at
      return true
    }
    this.#messageAt ??= at
    // The lines of one message are written at once.
    if (!CONTINUED.test(line) || at - this.#messageAt > LONGEST_MESSAGE) this.#messageAt = Number.NEGATIVE_INFINITY
    return this.#messageAt > Number.NEGATIVE_INFINITY || line.trim() === ''
  }
}

/** Milliseconds. */
const LONGEST_MESSAGE = 500
/** The agent's configuration as YAML; `LISTENER: why Envoy refused it`; what is indented. */
const CONTINUED = /^(\s|- |\S+:( |$)|$)/

function isMessage(line: string): boolean {
  return MESSAGES.some((pattern) => pattern.test(line)) || (line.startsWith('{') && isJsonMessage(line))
}

const LEVEL = '(trace|debug|info|warn|warning|error|critical|fatal|off)'
const MESSAGES: readonly RegExp[] = [
  // Istio's agent, and Envoy as it starts it.
  new RegExp(String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z\t${LEVEL}\t`),
  // Envoy's own format.
  new RegExp(String.raw`^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\]\[\d+\]\[${LEVEL}\]`),
  // Go's log/slog, of the agent's libraries.
  /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d (DEBUG|INFO|WARN|ERROR) /,
  // klog, of the agent's Kubernetes client.
  /^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w./-]+:\d+\]/
]

/** With `--log_as_json`. */
function isJsonMessage(line: string): boolean {
  try {
    const { level, time, msg } = JSON.parse(line) as Readonly<Record<string, unknown>>
    return typeof level === 'string' && typeof time === 'string' && typeof msg === 'string'
  } catch {
    return false
  }
}
