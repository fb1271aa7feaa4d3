// Prints lines: default, raw or json, with or without timestamps and colours. Knows no log and no terminal.
import { paint } from '../io/colour.ts'
import type { ByteOutput } from './byte-output.ts'
import { stripControls, hasNoControls } from '../io/sanitize.ts'
import type { StampedLine } from '../follow/line.ts'
import { colourOf, labelOf, type Origin } from '../follow/origin.ts'
import type { LogsFormat } from './flags.ts'
import type { Template } from './template.ts'

export type Print = (origin: Origin, line: StampedLine) => void

export interface FormatOptions {
  readonly format: LogsFormat
  /** Used instead of a format. */
  readonly template?: Template
  readonly hasTimestamps: boolean
  /** Rewrites the kubelet's timestamp in a time zone. */
  readonly formatTime?: (line: StampedLine) => string
  readonly isColoured: boolean
  /** The output is a terminal: disarm control sequences. */
  readonly isGuarded: boolean
  /** Marks what matches the user's patterns. */
  readonly highlight?: (text: string) => string
}

const NEWLINE = Buffer.from('\n')

export function makePrint(output: ByteOutput, options: FormatOptions): Print {
  if (options.template) return printTemplate(output, options, options.template)
  return options.format === 'json' ? printJson(output, options) : printText(output, options)
}

/** Lines whose visible text matches one of `include`, if there are any, and none of `exclude`. */
export function makeFilter(include: readonly RegExp[], exclude: readonly RegExp[]): (line: StampedLine) => boolean {
  if (include.length === 0 && exclude.length === 0) return () => true
  return (line) => {
    const text = seenOf(line)
    return (
      (include.length === 0 || include.some((pattern) => pattern.test(text))) &&
      !exclude.some((pattern) => pattern.test(text))
    )
  }
}

/** Copies bytes as they are wherever nothing has to be changed. */
function printText(output: ByteOutput, options: FormatOptions): Print {
  const { format, hasTimestamps, formatTime, isColoured, highlight } = options
  const isGuarded = options.isGuarded && format !== 'raw'
  const prefixOf = remember((origin) => {
    if (format === 'raw') return Buffer.alloc(0)
    return Buffer.from(`${isColoured ? paint(colourOf(origin), labelOf(origin)) : labelOf(origin)} `)
  })
  return (origin, line) => {
    const { bytes, start, content, end } = line
    output.bytes(prefixOf(origin))
    if (hasTimestamps && formatTime) output.text(`${formatTime(line)} `)
    else if (hasTimestamps) output.bytes(bytes, start, content)
    const seen = highlight || (isGuarded && !hasNoControls(bytes, content, end)) ? seenOf(line) : undefined
    const marked = seen === undefined ? undefined : (highlight?.(seen) ?? seen)
    // Except on a terminal, a line without a mark stays as it is.
    if (marked === undefined || (!isGuarded && marked === seen)) output.bytes(bytes, content, end)
    else output.text(marked)
    output.bytes(NEWLINE)
  }
}

/** stern's names, and the two that only a mirror has. JSON already escapes C0. */
function printJson(output: ByteOutput, { formatTime = stampOf, isGuarded }: FormatOptions): Print {
  const fieldsOf = remember(({ role, version, node, namespace, pod, container }) => {
    const fields = { role, version, nodeName: node, namespace, podName: pod, containerName: container }
    return Buffer.from(`${JSON.stringify(fields).slice(1, -1)},"message":`)
  })
  return (origin, line) => {
    output.text(`{"timestamp":${JSON.stringify(formatTime(line))},`)
    output.bytes(fieldsOf(origin))
    const message = JSON.stringify(textOf(line))
    output.text(`${isGuarded ? message.replace(DELETE_AND_C1, escapeControl) : message}}\n`)
  }
}

/** JSON does not escape them, and a terminal obeys them. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const DELETE_AND_C1 = /[\u007F-\u009F]/g

function escapeControl(control: string): string {
  return `\\u00${control.codePointAt(0)!.toString(16)}`
}

/** The line alone, with its time if that is wanted, for views with their own layout. */
export function makeTextOf({ hasTimestamps, formatTime = stampOf }: FormatOptions): (line: StampedLine) => string {
  return (line) => (hasTimestamps ? `${formatTime(line)} ${textOf(line)}` : textOf(line))
}

function printTemplate(output: ByteOutput, options: FormatOptions, template: Template): Print {
  const { formatTime = stampOf, isColoured, isGuarded, highlight } = options
  return (origin, line) => {
    const text = isGuarded || highlight ? seenOf(line) : textOf(line)
    const { role, version, node, namespace, pod, container } = origin
    const fields = {
      Role: role,
      Version: version,
      NodeName: node,
      Namespace: namespace,
      PodName: pod,
      ContainerName: container,
      Timestamp: formatTime(line),
      Message: highlight ? highlight(text) : text
    }
    output.text(template(fields, (part) => (isColoured ? paint(colourOf(origin), part) : part)))
  }
}

function textOf({ bytes, content, end }: StampedLine): string {
  return bytes.toString('utf8', content, end)
}

/** The visible text, which patterns are matched against: no escape sequences, no carriage return at the end. */
function seenOf(line: StampedLine): string {
  const { bytes, content, end } = line
  return hasNoControls(bytes, content, end) ? textOf(line) : stripControls(textOf(line))
}

/** As the kubelet wrote it. */
function stampOf({ bytes, start, content }: StampedLine): string {
  return bytes.toString('latin1', start, content).trimEnd()
}

function remember(make: (origin: Origin) => Buffer): (origin: Origin) => Buffer {
  const known = new WeakMap<Origin, Buffer>()
  return (origin) => {
    const have = known.get(origin) ?? make(origin)
    known.set(origin, have)
    return have
  }
}
