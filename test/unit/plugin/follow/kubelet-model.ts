// A kubelet's log API as its source has it (cri-client's ReadLogs): whole-second since, two instances, broken answers.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Readable } from 'node:stream'
import type { ContainerState } from '../../../../plugin/follow/containers.ts'
import type { LogQuery } from '../../../../plugin/follow/log-query.ts'

export interface Written {
  readonly seconds: number
  readonly nanos: number
  readonly text: string
}

interface Instance {
  readonly id: string
  lines: Written[]
  isRunning: boolean
}

type Fate = 'open' | 'broken' | 'ended'

export class AbsentError extends Error {}

export class KubeletModel {
  readonly #instances: Instance[] = [{ id: 'c1', lines: [], isRunning: true }]
  /** Bytes of one chunk, so that lines and timestamps are cut anywhere. */
  readonly #chunk: number
  #answers: { fate: Fate }[] = []
  requests = 0
  /** Followers miss what is written after a rotation, as a kubelet's do that lost the file system's event. */
  isStuck = false
  isDown = false
  /** The log's file is no longer there. */
  isRemoved = false

  constructor(chunk: number) {
    this.#chunk = chunk
  }

  get state(): ContainerState {
    const { id, isRunning } = this.#current
    const previous = this.#instances.at(-2)
    return { id, isRunning, isGone: false, ...(previous && { previousId: previous.id }) }
  }

  write(line: Written): void {
    this.#current.lines.push(line)
  }

  restart(): void {
    this.stop()
    this.#instances.push({ id: `c${this.#instances.length + 1}`, lines: [], isRunning: true })
  }

  stop(): void {
    this.#current.isRunning = false
  }

  /** Followers read on in the new file; who asks anew gets no older line. */
  rotate(): void {
    this.#current.lines = []
  }

  /** Every answer that is under way ends, with an error or as if the log had. */
  cut(fate: Exclude<Fate, 'open'>): void {
    for (const answer of this.#answers) answer.fate = fate
    this.#answers = []
  }

  async open(query: LogQuery, signal: AbortSignal): Promise<Readable> {
    await nextTurn(undefined, { signal })
    this.requests++
    if (this.isDown) throw new Error('connect ECONNREFUSED')
    if (this.isRemoved) throw new AbsentError('pod not found')
    const instance = query.previous ? this.#instances.at(-2) : this.#current
    if (!instance) throw new AbsentError('previous terminated container not found')
    const answer = { fate: 'open' as Fate }
    this.#answers.push(answer)
    return Readable.from(this.#send(instance, query, answer, signal), { signal })
  }

  get #current(): Instance {
    return this.#instances.at(-1)!
  }

  async *#send(instance: Instance, query: LogQuery, answer: { fate: Fate }, signal: AbortSignal) {
    const since = query.sinceTime === undefined ? 0 : Date.parse(query.sinceTime) / 1000
    let at = query.tailLines === undefined ? 0 : Math.max(0, instance.lines.length - query.tailLines)
    let file = instance.lines
    for (;;) {
      for (; at < file.length; at++) {
        const line = file[at]!
        if (line.seconds < since) continue
        const bytes = Buffer.from(format(line))
        for (let from = 0; from < bytes.length; from += this.#chunk) {
          yield bytes.subarray(from, from + this.#chunk)
          if (isCut(answer)) return
        }
      }
      if (file !== instance.lines && !(this.isStuck && query.follow)) {
        file = instance.lines
        at = 0
        continue
      }
      if (!query.follow || !instance.isRunning || isCut(answer)) return
      await nextTurn(undefined, { signal })
    }
  }
}

function isCut({ fate }: { fate: Fate }): boolean {
  if (fate === 'broken') throw new Error('socket hang up')
  return fate === 'ended'
}

export function format({ seconds, nanos, text }: Written): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, '0')}Z ${text}\n`
}
