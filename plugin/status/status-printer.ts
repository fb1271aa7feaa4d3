// Prints mirror statuses as kubectl prints objects. Knows no cluster.
import { formatAge, formatTable } from '../io/format.ts'
import type { Io } from '../io/io.ts'
import { printValue } from '../io/output.ts'
import type { StatusFlags } from './flags.ts'
import type { MirrorStatus } from './mirror-status.ts'
import { STATES } from './state.ts'
import { subjectOf } from '../resources/virtual-services.ts'

/** `watch`: rows will follow. */
export type PrinterFlags = Partial<Pick<StatusFlags, 'allNamespaces' | 'output' | 'headers' | 'watch'>>

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
      for (const { kind, name } of statuses) this.#io.stdout.write(`${subjectOf({ kind, metadata: { name } })}\n`)
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
    const header = [...(allNamespaces ? ['NAMESPACE'] : []), ...COLUMNS, ...(wide ? ['RULES', 'MESSAGE'] : [])]
    const rows = statuses.map((one) => [
      ...(allNamespaces ? [one.namespace] : []),
      ...this.#cells(one),
      ...(wide ? [`${one.rules.mirrored}/${one.rules.all}`, messageOf(one)] : [])
    ])
    if (this.#flags.watch) reserve(this.#widths, header)
    // Rows that do not fit the columns get a new header.
    const isHeaded = this.#headed && fits(this.#widths, rows)
    this.#headed = true
    this.#io.stdout.write(formatTable(headers === false || isHeaded ? undefined : header, rows, this.#widths))
  }

  #cells({ kind, name, from, to, filter, until, baseline, state }: MirrorStatus): string[] {
    const expires = until === undefined ? '<never>' : (this.#left(until) ?? 'over')
    const during = baseline?.to.map((one) => `${nameIn(one)} (baseline, ${this.#left(baseline.until) ?? 'over'})`) ?? []
    const percents = [...to, ...(baseline?.to ?? [])].map((one) => /=([^=]*)$/.exec(one)?.[1] ?? '')
    return [
      kind === undefined ? name : `${kind.toLowerCase()}/${name}`,
      from.join(',') || '<none>',
      [...to.map(nameIn), ...during].join(',') || '<none>',
      percents.join(',') || '<none>',
      filter ?? '<all>',
      state.code,
      expires
    ]
  }

  /** Undefined: the time is past. */
  #left(until: string): string | undefined {
    const left = new Date(until).getTime() - this.#io.now().getTime()
    return left > 0 ? formatAge(left) : undefined
  }
}

/** With its command, to be copied from the end of the line. */
function messageOf({ hazards = [], state: { message, remedy } }: MirrorStatus): string {
  return [...hazards, message, remedy].filter((part) => part !== undefined).join('; ') || '<none>'
}

/** Reserves room for the states and times of later rows, so that columns keep their place. */
function reserve(widths: number[], header: readonly string[]): void {
  const longest: Readonly<Record<string, number>> = {
    PERCENT: 'PERCENT'.length,
    STATE: Math.max(...Object.keys(STATES).map((code) => code.length)),
    EXPIRES: 'EXPIRES'.length
  }
  header.forEach((name, at) => (widths[at] = Math.max(widths[at] ?? 0, longest[name] ?? 0)))
}

function fits(widths: readonly number[], rows: readonly (readonly string[])[]): boolean {
  return rows.every((row) => row.every((cell, at) => at === row.length - 1 || cell.length <= (widths[at] ?? 0)))
}

/** `httpbin:8000/v2=5` -> `v2`; `shadow/=5` -> `shadow` */
function nameIn(target: string): string {
  const [host = '', subset] = target.replace(/=[^=]*$/, '').split('/')
  return subset || host
}
