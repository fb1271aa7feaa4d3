// Shows progress: each step's name and time, and a sign of life while it is long; decides nothing.
import { Failure } from './failure.ts'

const REPAINT = 500
const HEARTBEAT = 30_000

/** Where a step says what it is at: "kubelet, 3 of 9". */
export type Say = (detail: string) => void

export interface Screen {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

interface Running {
  name: string
  since: number
  detail: string
}

export class Progress {
  readonly #screen: Screen
  readonly #running = new Set<Running>()
  #timer: NodeJS.Timeout | undefined

  constructor(screen: Screen) {
    this.#screen = screen
  }

  /** Steps may run side by side. A failure comes back as one that names the step. */
  async step<T>(name: string, work: (say: Say) => Promise<T>): Promise<T> {
    const running: Running = { name, since: Date.now(), detail: '' }
    this.#running.add(running)
    this.#timer ??= setInterval(() => this.#beat(), this.#screen.isTTY ? REPAINT : HEARTBEAT)
    try {
      const result = await work((detail) => (running.detail = detail))
      this.#end(running, '')
      return result
    } catch (error) {
      this.#end(running, ' (failed)')
      throw named(error, name, elapsed(running))
    }
  }

  /** One line, now. */
  note(text: string): void {
    this.#screen.write(`${this.#erase()}${text}\n`)
  }

  #end(running: Running, suffix: string): void {
    this.#running.delete(running)
    if (this.#running.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    this.#screen.write(`${this.#erase()}${elapsed(running)}  ${running.name}${suffix}\n`)
    if (this.#screen.isTTY && this.#running.size > 0) this.#beat()
  }

  #beat(): void {
    const lines = [...this.#running].map(
      ({ detail, ...rest }) => `${elapsed(rest)}  ${rest.name}${detail === '' ? '' : `: ${detail}`} ...`
    )
    if (this.#screen.isTTY)
      this.#screen.write(this.#erase() + lines.join(' | ').slice(0, (this.#screen.columns || 80) - 1))
    else this.#screen.write(lines.map((line) => `${line}\n`).join(''))
  }

  #erase(): string {
    return this.#screen.isTTY ? '\r\x1b[K' : ''
  }
}

function elapsed({ since }: { since: number }): string {
  return `${((Date.now() - since) / 1000).toFixed(1).padStart(7)} s`
}

function named(error: unknown, step: string, time: string): Failure {
  const message = error instanceof Error ? error.message : String(error)
  const details = error instanceof Failure ? error : undefined
  return new Failure(`step "${step}" failed after ${time.trim()}: ${message}`, {
    ...(details?.log !== undefined && { log: details.log }),
    ...(details?.remedy !== undefined && { remedy: details.remedy }),
    cause: error
  })
}
