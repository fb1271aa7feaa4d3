// Prints mirror statuses as kubectl prints objects. Knows no cluster.
import { formatDuration } from './duration.ts'
import type { Io } from './io.ts'
import { printValue } from './output.ts'
import type { MirrorStatus } from './state.ts'
import { formatTable } from './table.ts'
import { KIND } from './virtual-services.ts'

export interface PrinterFlags {
  readonly allNamespaces?: boolean
  readonly output?: string
  readonly headers?: boolean
}

const COLUMNS = ['NAME', 'FROM', 'TO', 'PERCENT', 'ONLY', 'STATE', 'EXPIRES'] as const

export class StatusPrinter {
  readonly #flags: PrinterFlags
  readonly #io: Io
  readonly #widths: number[] = []
  #headed = false

  constructor(flags: PrinterFlags, io: Io) {
    this.#flags = flags
    this.#io = io
  }

  async print(statuses: readonly MirrorStatus[], single: boolean): Promise<void> {
    const { output } = this.#flags
    if (output === 'name') {
      for (const { name } of statuses) this.#io.stdout.write(`${KIND}/${name}\n`)
    } else if (output === undefined || output === 'wide') {
      this.#table(statuses, output === 'wide')
    } else {
      const [only] = statuses
      const value = single && only ? only : { apiVersion: 'v1', kind: 'List', items: statuses }
      await printValue(value, output, this.#io.stdout)
    }
  }

  #table(statuses: readonly MirrorStatus[], wide: boolean): void {
    const { allNamespaces, headers } = this.#flags
    const header = [...(allNamespaces ? ['NAMESPACE'] : []), ...COLUMNS, ...(wide ? ['RULES', 'REASON'] : [])]
    const rows = statuses.map((one) => [
      ...(allNamespaces ? [one.namespace] : []),
      ...this.#cells(one),
      ...(wide ? [`${one.rules.mirrored}/${one.rules.all}`, one.reason ?? '<none>'] : [])
    ])
    const head = headers === false || this.#headed ? undefined : header
    this.#headed = true
    this.#io.stdout.write(formatTable(head, rows, this.#widths))
  }

  #cells({ name, from, to, filter, until, state }: MirrorStatus): string[] {
    const left = until === undefined ? undefined : new Date(until).getTime() - this.#io.now().getTime()
    const expires = left === undefined ? '<never>' : left <= 0 ? 'over' : formatDuration(left)
    const targets = to.map((one) => one.replace(/=[^=]*$/, ''))
    const percents = to.map((one) => /=([^=]*)$/.exec(one)?.[1] ?? '')
    return [
      name,
      from.join(',') || '<none>',
      targets.map(shortName).join(',') || '<none>',
      percents.join(',') || '<none>',
      filter ?? '<all>',
      state,
      expires
    ]
  }
}

/** `httpbin:8000/v2` -> `v2`; `shadow/` -> `shadow` */
function shortName(target: string): string {
  const [host = '', subset] = target.split('/')
  return subset || host
}
