// `--template`: as much of Go's templates as log lines need. Knows no output.

/** Stern's names, and the two that only a mirror has. */
const FIELDS = ['Message', 'Timestamp', 'Role', 'Version', 'NodeName', 'Namespace', 'PodName', 'ContainerName'] as const

export type TemplateFields = Readonly<Record<(typeof FIELDS)[number], string>>
export type Template = (fields: TemplateFields, colour: Colour) => string
type Colour = (text: string) => string

/** `{{-` and `-}}` remove the blanks beside them, as in Go. */
const ACTION = /(?:\s*\{\{-\s|\{\{)\s*((?:"(?:[^"\\]|\\.)*"|[^"])*?)\s*(?:\s-\}\}\s*|\}\})/gs
const ALLOWED = `write {{.FIELD}}, {{color .FIELD}}, {{json .FIELD}}, {{json .}} or {{"text"}}, where FIELD is one of ${FIELDS.join(', ')}`

/** Adds a newline to each line if it has none. Throws SyntaxError, which says what was found and what is allowed. */
export function parseTemplate(text: string): Template {
  const parts: Template[] = []
  let at = 0
  for (const { index, 0: whole, 1: action = '' } of text.matchAll(ACTION)) {
    parts.push(literal(text.slice(at, index)), parseAction(action))
    at = index + whole.length
  }
  parts.push(literal(text.slice(at)))
  return (fields, colour) => {
    const line = parts.map((part) => part(fields, colour)).join('')
    return line.endsWith('\n') ? line : `${line}\n`
  }
}

function literal(text: string): Template {
  if (text.includes('{{')) throw new SyntaxError(`"{{" is not closed; ${ALLOWED}`)
  return () => text
}

function parseAction(action: string): Template {
  const text = parseString(action)
  if (text !== undefined) return () => text
  const [, act, , name] = /^(?:(json|color)\s+(\.(?:Pod|Container)Color\s+)?)?\.(\w*)$/.exec(action) ?? []
  const field = FIELDS.find((one) => one === name)
  if (act === 'json' && name === '') return (fields) => JSON.stringify(fields)
  if (!field) throw new SyntaxError(`unknown action {{${action}}}; ${ALLOWED}`)
  if (act === 'json') return (fields) => JSON.stringify(fields[field])
  if (act === 'color') return (fields, colour) => colour(fields[field])
  return (fields) => fields[field]
}

/** Go's strings have JSON's escapes, and a few rare ones. */
function parseString(action: string): string | undefined {
  if (!action.startsWith('"')) return undefined
  try {
    return String(JSON.parse(action))
  } catch {
    return undefined
  }
}
