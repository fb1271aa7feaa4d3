// The chart's values with their comments, as a JSON schema, a table and defaults: values.yaml is the one place to change.
import { readFileSync } from 'node:fs'
import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml'

const CHART = new URL('../charts/kubectl-mirror/', import.meta.url)

/**
 * Comment lines `@enum A, B`, `@minimum N`, `@maximum N`, `@pattern RE` restrict a value, `@items SCHEMA` those of a list,
 * `@schema NAME` as SCHEMAS has it; `@free` lets a map have any key, `@overrides` any namespace with a map of the values
 * beside it.
 */
interface Value {
  readonly path: readonly string[]
  readonly description: string
  readonly tags: Readonly<Record<string, string>>
  readonly fallback: unknown
  /** Of a map with keys of its own. */
  readonly children?: readonly Value[]
}

export function chartSchema(): string {
  const description = 'Generated from values.yaml by npm run generate.'
  const { properties, ...root } = schemaOf({ path: [], description, tags: {}, fallback: {}, children: readValues() })
  // Helm gives every subchart its parent's globals, and a parent's `condition` is by custom a value of the subchart.
  const asSubchart = { global: { type: 'object' }, enabled: { type: 'boolean' } }
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...root,
    properties: { ...properties, ...asSubchart }
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

/** Each value's default by its path, for templates: `--reuse-values` and a null leave values out. */
export function chartDefaults(): string {
  const defaults = readValues()
    .flatMap(leaves)
    .map(({ path, fallback }) => [path.join('.'), fallback] as const)
  return `${JSON.stringify(Object.fromEntries(defaults), null, 2)}\n`
}

const TABLE = /(<!-- values: generated from values\.yaml by npm run generate -->\n)[^]*(<!-- end of values -->)/

/** The README with a fresh table; the rest of it is written by hand. */
export function chartReadme(): string {
  const readme = readFileSync(new URL('README.md', CHART), 'utf8')
  const rows = readValues()
    .flatMap(leaves)
    .map(({ path, description, fallback, tags }) => {
      const named = tags.enum?.split(', ').filter((one) => one !== '')
      const allowed = named ? ` One of ${named.map((one) => `\`${one}\``).join(', ')}.` : ''
      return `| \`${path.join('.')}\` | \`${JSON.stringify(fallback)}\` | ${(description + allowed).replaceAll('|', '\\|')} |`
    })
  const table = ['| value | default | |', '|---|---|---|', ...rows].join('\n')
  if (!TABLE.test(readme)) throw new Error('charts/kubectl-mirror/README.md has lost the marks of its table of values')
  return readme.replace(TABLE, (_, start: string, end: string) => `${start}${table}\n${end}`)
}

function leaves(value: Value): Value[] {
  return value.children ? value.children.flatMap(leaves) : [value]
}

function readValues(): Value[] {
  const document = parseDocument(readFileSync(new URL('values.yaml', CHART), 'utf8'))
  const [problem] = document.errors
  if (problem) throw problem
  return valuesOf(document.contents as unknown as YAMLMap, [], document.commentBefore ?? '') // a values file is a map
}

/** yaml puts the comment of a map's first key on the map, and that of a document's first key on the document. */
function valuesOf(map: YAMLMap, parents: readonly string[], firstComment: string): Value[] {
  return map.items.map((pair: Pair, index) => {
    const key = pair.key as { value: string; commentBefore?: string } // a scalar, in a values file
    const path = [...parents, key.value]
    const comment = key.commentBefore ?? (index === 0 ? firstComment || (map.commentBefore ?? '') : '')
    const { description, tags } = readComment(comment)
    const hasKeys = isMap(pair.value) && pair.value.items.length > 0 && !('free' in tags)
    if (description === '' && !hasKeys) throw new Error(`values.yaml: ${path.join('.')} has no comment`)
    const children = hasKeys ? { children: valuesOf(pair.value as YAMLMap, path, '') } : {}
    const fallback = isScalar(pair.value) ? pair.value.value : (pair.value as YAMLMap).toJSON()
    return { path, description, tags, fallback, ...children }
  })
}

function readComment(comment: string): Pick<Value, 'description' | 'tags'> {
  const lines = comment.split('\n').map((line) => line.trim())
  const tags = lines.flatMap((line) => {
    const [, name, value = ''] = /^@(\w+)\s*(.*)$/.exec(line) ?? []
    return name ? [[name, value] as const] : []
  })
  return {
    description: lines
      .filter((line) => !line.startsWith('@'))
      .join(' ')
      .trim(),
    tags: Object.fromEntries(tags)
  }
}

interface Schema {
  readonly properties?: Record<string, unknown>
  readonly [keyword: string]: unknown
}

const STRING = { type: 'string', minLength: 1 }
/** YAML makes a boolean of true and a number of 1.10: templates write both as the strings that Kubernetes wants. */
const STRINGS = { additionalProperties: { type: ['string', 'boolean', 'number', 'null'] } }

const SCHEMAS: Readonly<Record<string, object>> = {
  strings: STRINGS,
  selector: {
    additionalProperties: false,
    properties: {
      matchLabels: { type: ['object', 'null'], ...STRINGS },
      matchExpressions: {
        type: ['array', 'null'],
        items: {
          type: 'object',
          required: ['key', 'operator'],
          additionalProperties: false,
          properties: {
            key: STRING,
            operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
            values: { type: 'array', items: { type: 'string' } }
          }
        }
      }
    }
  },
  tolerations: {
    items: {
      type: 'object',
      additionalProperties: false,
      properties: {
        key: STRING,
        operator: { enum: ['Equal', 'Exists'] },
        value: { type: 'string' },
        effect: { enum: ['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
        tolerationSeconds: { type: 'integer' }
      }
    }
  },
  issuerRef: {
    additionalProperties: false,
    properties: { name: STRING, kind: STRING, group: STRING }
  },
  certificates: {
    pattern: '^$|-----BEGIN CERTIFICATE-----\\s+([A-Za-z0-9+/=]+\\s+)+-----END CERTIFICATE-----',
    not: { pattern: 'PRIVATE KEY-----' }
  }
}

/** Null stands for the default everywhere: Helm removes it before it asks the schema, but not from a subchart's values. */
function schemaOf({ path, description, tags, fallback, children }: Value): Schema {
  const described = description === '' ? {} : { description }
  if (children) {
    const properties = propertiesOf(children, (child) =>
      'overrides' in child.tags ? { ...schemaOf(child), ...overridesOf(children) } : schemaOf(child)
    )
    return { ...described, type: ['object', 'null'], additionalProperties: false, properties }
  }
  const { minimum, maximum, pattern, items, schema } = tags
  if (schema !== undefined && !(schema in SCHEMAS))
    throw new Error(`values.yaml: ${path.join('.')}: @schema ${schema}?`)
  return {
    ...described,
    type: [typeOf(fallback, [minimum, maximum]), 'null'],
    ...(tags.enum && { enum: [...tags.enum.split(', '), null] }),
    ...(minimum && { minimum: Number(minimum) }),
    ...(maximum && { maximum: Number(maximum) }),
    ...(pattern && { pattern }),
    ...(items && { items: JSON.parse(items) as object }), // JSON, in a values file
    ...(schema && SCHEMAS[schema]),
    default: fallback
  }
}

function propertiesOf(values: readonly Value[], schema: (value: Value) => Schema): Record<string, Schema> {
  return Object.fromEntries(values.map((value) => [value.path.at(-1) ?? '', schema(value)]))
}

/** A typing error must be refused by Helm: the webhook would refuse the whole policy for it. */
function overridesOf(siblings: readonly Value[]): Schema {
  const properties = propertiesOf(
    siblings.filter(({ tags }) => !('overrides' in tags)),
    (value) => {
      const { description: _, default: __, ...restrictions } = schemaOf(value)
      return restrictions
    }
  )
  return {
    propertyNames: { pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' },
    additionalProperties: { type: ['object', 'null'], additionalProperties: false, properties }
  }
}

/** A number with a fractional bound may have a fraction itself. */
function typeOf(value: unknown, bounds: readonly (string | undefined)[]): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number')
    return bounds.every((bound) => Number.isInteger(Number(bound ?? 0))) ? 'integer' : 'number'
  return typeof value
}
