// Reads the flags of `logs` once, and reports every mistake at once.
import { readDuration, Mistakes } from '../io/flag-values.ts'
import { WHEN, type When } from '../io/colour.ts'
import { FORMATS, VIEWS, type LogsFlags, type LogsFormat, type View } from './flags.ts'
import type { ContainerChoice } from '../follow/containers.ts'
import { localZone } from '../follow/local-zone.ts'
import type { FirstLines } from '../follow/log-query.ts'
import { parsePattern } from './pattern.ts'
import { parseTemplate, type Template } from './template.ts'
import type { Io } from '../io/io.ts'

export interface LogsOptions {
  readonly choice: ContainerChoice
  readonly include: readonly RegExp[]
  readonly exclude: readonly RegExp[]
  readonly highlight: readonly RegExp[]
  readonly first: FirstLines
  readonly follow: boolean
  readonly hasTimestamps: boolean
  /** A name that Intl knows; absent: the kubelet's zone, usually UTC. */
  readonly timeZone?: string
  readonly format: LogsFormat
  readonly template?: Template
  readonly limit: number
  readonly colour: When
  readonly hasNotices: boolean
  readonly view: View
}

/** `env`: TZ names the zone called `Local`. */
export function parseLogsFlags(flags: LogsFlags, now: Date, env: Io['env']): LogsOptions {
  const mistakes = new Mistakes()
  const options = new Reader(flags, mistakes).read(now, env)
  mistakes.throwAny()
  return options
}

class Reader {
  readonly #flags: LogsFlags
  readonly #mistakes: Mistakes

  constructor(flags: LogsFlags, mistakes: Mistakes) {
    this.#flags = flags
    this.#mistakes = mistakes
  }

  read(now: Date, env: Io['env']): LogsOptions {
    const { container, follow, timestamps = false, onlyLogLines = false } = this.#flags
    const [include] = this.#patterns('--container', container === undefined ? [] : [container])
    const timeZone = this.#timeZone(env)
    const view = this.#view()
    const template = this.#template()
    return {
      choice: {
        ...(include && { include }),
        exclude: this.#patterns('--exclude-container', this.#flags.excludeContainer)
      },
      include: this.#patterns('--include', this.#flags.include),
      exclude: this.#patterns('--exclude', this.#flags.exclude),
      highlight: this.#highlight(),
      first: this.#first(now),
      follow,
      hasTimestamps: timestamps,
      ...(timeZone && { timeZone }),
      format: this.#oneOf('--output', this.#flags.output, FORMATS),
      ...(template && { template }),
      limit: this.#count('--max-log-requests', this.#flags.maxLogRequests, 1),
      colour: this.#oneOf('--color', this.#flags.color, WHEN),
      hasNotices: !onlyLogLines,
      view
    }
  }

  #view(): View {
    const view = this.#oneOf('--view', this.#flags.view, VIEWS)
    if (view === 'split' && (this.#flags.output !== 'default' || this.#flags.template !== undefined)) {
      this.#mistakes.add('--view=split has its own layout; leave out --output and --template')
    }
    return view
  }

  #highlight(): RegExp[] {
    if (this.#flags.highlight !== undefined && this.#flags.output === 'json') {
      this.#mistakes.add('--highlight has no effect with --output=json; leave out one of them')
    }
    return this.#patterns('--highlight', this.#flags.highlight)
  }

  #first(now: Date): FirstLines {
    const { since, sinceTime, follow } = this.#flags
    const tail = this.#count('--tail', this.#flags.tail, -1)
    if (tail === 0 && !follow) this.#mistakes.add('--tail=0 with --no-follow prints nothing; leave out one of them')
    if (since !== undefined && sinceTime !== undefined) {
      this.#mistakes.add('--since and --since-time exclude each other; leave out one of them')
    }
    const from = sinceTime === undefined ? undefined : this.#time(sinceTime)
    return {
      startedAt: now.getTime(),
      ...(tail >= 0 && { tailLines: tail }),
      ...(from !== undefined && { sinceTime: from }),
      ...(since !== undefined && {
        sinceSeconds: this.#mistakes.attempt(() => readDuration(since, '--since') / 1000) ?? 0
      })
    }
  }

  /** The API takes whole seconds. Rounds down, so that no line is missing. */
  #time(text: string): string | undefined {
    const isRfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text)
    const milliseconds = isRfc3339 ? Date.parse(text) : Number.NaN
    if (!Number.isNaN(milliseconds)) return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
    this.#refuse('--since-time', text, 'write RFC 3339 with its zone, for example 2030-01-31T18:00:00Z')
    return undefined
  }

  #timeZone(env: Io['env']): string | undefined {
    const { timezone, timestamps, output, template } = this.#flags
    if (timezone === undefined) return undefined
    if (!timestamps && output !== 'json' && template === undefined) {
      this.#mistakes.add('--timezone has no effect without --timestamps; add it')
    }
    const found = timezone === 'Local' ? localZone(env.TZ) : namedZone(timezone)
    if (found === undefined && timezone === 'Local') {
      const where = env.TZ === undefined ? 'this machine has' : `TZ=${env.TZ} is`
      this.#refuse('--timezone', timezone, `${where} no zone that has a name; write one, such as UTC or Europe/Paris`)
    } else if (found === undefined) {
      this.#refuse('--timezone', timezone, 'write a name such as UTC, Europe/Paris or Local')
    }
    return found
  }

  #template(): Template | undefined {
    const { template, output } = this.#flags
    if (template === undefined) return undefined
    if (output !== 'default') this.#mistakes.add('--output and --template exclude each other; leave out one of them')
    try {
      return parseTemplate(template)
    } catch (error) {
      this.#refuse('--template', template, (error as Error).message)
      return undefined
    }
  }

  #patterns(flag: string, texts: readonly string[] = []): RegExp[] {
    return texts.flatMap((text) => {
      try {
        return [parsePattern(text)]
      } catch (error) {
        this.#refuse(flag, text, (error as Error).message)
        return []
      }
    })
  }

  #count(flag: string, text: string, least: number): number {
    if (/^-?\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
    this.#refuse(flag, text, `write a whole number, at least ${least}`)
    return least
  }

  #oneOf<T extends string>(flag: string, text: string, allowed: readonly T[]): T {
    const found = allowed.find((one) => one === text)
    if (found === undefined) this.#refuse(flag, text, `use one of ${allowed.join(', ')}`)
    return found ?? allowed[0]!
  }

  #refuse(flag: string, text: string, why: string): void {
    this.#mistakes.add(`invalid value ${JSON.stringify(text)} for ${flag}: ${why}`)
  }
}

function namedZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
