// Turns a text format of Envoy's access log into a parser of its lines. Knows no meaning of a field.
//
// Envoy prints what clients send unchanged, quotes and blanks included. So a line is split in every way that the format
// allows, and a field is known only if all ways agree on it.
import { splitterOf, type Part } from './one-reading.ts'
import { isCut, OPERATORS, readOperator, type Field, type Operator } from './operators.ts'

/** The fields of one line. Empty: the line says there was no value. Absent: the line does not show it. */
export type Fields = Partial<Record<Field, string>>

/** Undefined: the line is not in this format, or can be read in several ways. */
export type Parse = (line: string) => Fields | undefined

/** Throws a SyntaxError if Envoy would refuse the format. `splitter`: without it every line is searched for all its readings. */
export function textParser(format: string, splitter: typeof splitterOf | undefined = splitterOf): Parse {
  const { before, parts } = split(format.replace(/\n+$/, ''))
  const splitLine = splitter?.(parts)
  return (line) => {
    if (!line.startsWith(before)) return undefined
    if (parts.length === 0) return line === before ? {} : undefined
    const found = splitLine?.(line, before.length)
    if (found !== undefined) return found ? cutFields(line, parts, found) : undefined
    const places = findPlaces(line, before.length, parts)
    return places && readFields(line, parts, places)
  }
}

export function split(format: string): { before: string; parts: Part[] } {
  let before = ''
  const parts: { after: string }[] = []
  const addText = (text: string): void => {
    if (text.includes('%')) throw new SyntaxError(`${JSON.stringify(text)} is not an operator of Envoy`)
    append(text)
  }
  const append = (text: string): void => {
    const last = parts.at(-1)
    if (last) last.after += text
    else before += text
  }
  let end = 0
  for (const found of format.matchAll(OPERATORS)) {
    addText(format.slice(end, found.index))
    end = found.index + found[0].length
    const [, name, argument, length] = found
    if (name === undefined) append('%')
    else parts.push({ ...readOperator(name, argument, length), after: '' })
  }
  addText(format.slice(end))
  return { before, parts }
}

/** Where a part's value may begin and where it may end, both in rising order. */
interface Places {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** Takes time linear in the line for each part. */
function findPlaces(line: string, from: number, parts: readonly Part[]): Places[] | undefined {
  const found: { starts: number[]; ends: number[] }[] = []
  let starts = [from]
  for (const [index, part] of parts.entries()) {
    const ends = endsAfter(line, starts, part, index === parts.length - 1)
    if (ends.length === 0) return undefined
    found.push({ starts, ends })
    starts = ends.map((end) => end + part.after.length)
  }
  // Keep those from which the end of the line can be reached.
  let ends = found.at(-1)!.ends
  for (let index = parts.length - 1; index >= 0; index--) {
    const kept = startsBefore(line, found[index]!.starts, ends, parts[index]!)
    found[index] = { starts: kept, ends }
    const text = parts[index - 1]?.after.length ?? 0
    ends = kept.map((start) => start - text)
  }
  return found
}

/** Where values that begin at `starts` may end: right before the text that follows. */
function endsAfter(line: string, starts: readonly number[], { bad, after }: Part, isLast: boolean): number[] {
  const ends: number[] = []
  const limitFrom = limits(line, bad)
  let searched = 0
  for (const start of starts) {
    const limit = limitFrom(start)
    if (isLast) {
      const end = line.length - after.length
      if (end >= start && end <= limit && line.endsWith(after)) return [end]
      continue
    }
    for (
      let at = line.indexOf(after, Math.max(start, searched));
      at !== -1 && at <= limit;
      at = line.indexOf(after, at + 1)
    ) {
      ends.push(at)
      if (after === '' && at === line.length) break
    }
    searched = Math.max(searched, limit + 1)
  }
  return ends
}

/** Those of `starts` that reach one of `ends`; trying the nearest is enough. */
function startsBefore(line: string, starts: readonly number[], ends: readonly number[], { bad }: Part): number[] {
  const limitFrom = limits(line, bad)
  let next = 0
  return starts.filter((start) => {
    while (next < ends.length && ends[next]! < start) next++
    return next < ends.length && ends[next]! <= limitFrom(start)
  })
}

/** How far a value that begins at `start` may reach. Call it with rising starts, so that it scans the line only once. */
function limits(line: string, bad: RegExp | undefined): (start: number) => number {
  let limit = bad === undefined ? line.length : -1
  return (start) => {
    if (start <= limit || bad === undefined) return limit
    bad.lastIndex = start
    limit = bad.exec(line)?.index ?? line.length
    return limit
  }
}

/** `places`: where each part's value begins and ends. */
function cutFields(line: string, parts: readonly Part[], places: Int32Array): Fields {
  const fields: Fields = {}
  for (const [index, part] of parts.entries()) {
    if (part.field !== undefined) setField(fields, part, line.slice(places[2 * index], places[2 * index + 1]))
  }
  return fields
}

function readFields(line: string, parts: readonly Part[], places: readonly Places[]): Fields | undefined {
  const fields: Fields = {}
  for (const [index, part] of parts.entries()) {
    const { field } = part
    const { starts, ends } = places[index]!
    if (field === undefined || starts.length === 0) continue
    if (starts.length === 1 && ends.length === 1) setField(fields, part, line.slice(starts[0], ends[0]))
    // Neither the client's addresses are needed, nor the server name.
    else if (field !== 'forwarded' && field !== 'server') return undefined
  }
  return fields
}

/** Envoy prints a dash for a missing value. */
export function setField(fields: Fields, part: Operator, text: string): void {
  if (part.field !== undefined && !isCut(part, text)) fields[part.field] ||= text === '-' ? '' : text
}
