// One tail on one container of the kubelet's model: what was written, and what was read of it.
import { EventEmitter, once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { StateCell } from '../../../../plugin/follow/containers.ts'
import type { FirstLines } from '../../../../plugin/follow/log-query.ts'
import { Tail, type TailEvent } from '../../../../plugin/follow/tail.ts'
import { AbsentError, KubeletModel } from './kubelet-model.ts'
import { textOf } from './lines.ts'

const START = 1_800_000_000

export type Step =
  | { readonly type: 'write'; readonly lines: number; readonly apart: number }
  | { readonly type: 'broken' | 'ended' | 'restart' | 'down' | 'up' | 'status' }

export class TailRun {
  readonly kubelet: KubeletModel
  readonly written: string[] = []
  readonly got: string[] = []
  readonly events: TailEvent[] = []
  readonly #cell: StateCell
  readonly #tail: Tail
  readonly #done: Promise<void>
  readonly #hour = new EventEmitter()
  #time = 0

  constructor(chunk: number, first: FirstLines) {
    this.kubelet = new KubeletModel(chunk)
    this.#cell = new StateCell(this.kubelet.state)
    this.#tail = new Tail(first, {
      open: (query, signal) => this.kubelet.open(query, signal),
      cell: this.#cell,
      write: (lines) => void this.got.push(...lines.map(textOf)),
      notify: (event) => this.events.push(event),
      isFatal: () => false,
      isAbsent: (error) => error instanceof AbsentError,
      pause: (milliseconds, signal) => this.#pause(milliseconds, signal),
      now: () => (START + this.#time) * 1000
    })
    this.#done = this.#follow()
  }

  do(one: Step): void {
    if (one.type === 'write') this.#write(one.lines, one.apart)
    else if (one.type === 'restart') this.#restart()
    else if (one.type === 'status') this.#cell.set(this.kubelet.state)
    else if (one.type === 'up') this.kubelet.isDown = false
    else this.kubelet.cut(one.type === 'ended' ? 'ended' : 'broken')
    if (one.type === 'down') this.kubelet.isDown = true
  }

  /** Until all lines were read, except `unwanted` ones. */
  async settle(unwanted = 0): Promise<void> {
    this.kubelet.isDown = false
    this.#cell.set(this.kubelet.state)
    for (let turn = 0; turn < 30 || this.got.length < this.written.length - unwanted; turn++) {
      if (turn > 500) return
      await nextTurn()
    }
  }

  /** Every wait for a silence to end is over. */
  async passTime(): Promise<void> {
    this.#hour.emit('over')
    await nextTurn()
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await (milliseconds >= 60_000 ? once(this.#hour, 'over', { signal }) : nextTurn(undefined, { signal }))
  }

  async finish(): Promise<void> {
    this.kubelet.isDown = false
    await nextTurn()
    this.kubelet.stop()
    this.#cell.set(this.kubelet.state)
    await this.#done
  }

  /** The pod is deleted. */
  async leave(): Promise<void> {
    this.#cell.set({ ...this.#cell.state, isGone: true })
    await this.#done
    this.#tail.leave()
  }

  /** As the follower does: a container that comes back is read again. */
  async #follow(): Promise<void> {
    const { signal } = new AbortController()
    while (this.#tail.isWanted) await this.#tail.follow(signal)
  }

  #restart(): void {
    this.kubelet.restart()
    this.#time += 0.001
  }

  #write(lines: number, apart: number): void {
    for (let line = 0; line < lines; line++) {
      this.#time += apart / 1000
      const text = `line ${this.written.length}`
      this.written.push(text)
      const nanos = Math.round((this.#time % 1) * 1000) * 1_000_000
      this.kubelet.write({ seconds: START + Math.floor(this.#time), nanos: nanos % 1_000_000_000, text })
    }
  }
}
