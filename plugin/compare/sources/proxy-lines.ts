// Recognises lines of a sidecar's log that are not access log: messages of its agent and of Envoy. Knows no request.

/** One for each log, because some messages have several lines. */
export class ProxyLines {
  /** When the last message began; -Infinity: another line came since. Reading may start in the middle of a message. */
  #messageAt: number | undefined

  /** `at`: when the line was printed, in milliseconds. */
  has(line: string, at: number): boolean {
    if (isMessage(line)) {
      this.#messageAt = at
      return true
    }
    this.#messageAt ??= at
    // The lines of one message are written together.
    if (!CONTINUED.test(line) || at - this.#messageAt > LONGEST_MESSAGE) this.#messageAt = Number.NEGATIVE_INFINITY
    return this.#messageAt > Number.NEGATIVE_INFINITY || line.trim() === ''
  }
}

/** Milliseconds. */
const LONGEST_MESSAGE = 500
/** The agent's configuration as YAML; `LISTENER: why Envoy refused it`; indented lines. */
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
