// The value of a document as kubectl reads it: merge keys in order, the last of two equal keys, keys as strings.
import type { Fields, Value } from '../../io/yaml-print.ts'
import { integer, resolve, type Scalar } from '../../io/yaml-scalar.ts'
import { ManifestError } from './stream.ts'
import type { AliasNode, MapNode, Node, Pair, ScalarNode, Tree } from './tree.ts'

/** Throws a ManifestError where kubectl fails: a merge of a non-map, a list as a key, a number that JSON lacks. */
export function valueOf({ root }: Pick<Tree, 'root'>): Value {
  return root === undefined ? null : new Reader().read(root)
}

/** The fields that `<<` adds to a map. */
export function mergedFields(merge: Pair): Fields {
  return new Reader().merged(merge, {})
}

/** An unquoted `<<`. */
export function isMerge({ key }: Pair): boolean {
  return key.kind === 'scalar' && key.text === '<<' && ((key.isPlain && !key.tag) || key.tag === '!!merge')
}

/** The key as JSON has it: true and 1.5 become strings. */
export function keyOf(key: Node): string {
  const node = key.kind === 'alias' ? key.target : key
  if (node?.kind !== 'scalar') throw new ManifestError(key.start, 'a key must be a string')
  const value = scalarOf(node)
  if (value === null) throw new ManifestError(key.start, 'a key must not be empty; put it in quotes')
  if (typeof value === 'object') return value.rawJSON
  if (typeof value !== 'number') return String(value)
  if (Number.isInteger(value) && /^[-+]?\d+$/.test(node.text.replaceAll('_', ''))) return integerKey(value, node)
  return floatKey(value, node)
}

/** To kubectl `1`, `1.0` and `"1"` are three keys until it makes strings of them. */
function typeOfKey(key: Node): string {
  const node = key.kind === 'alias' ? key.target : key
  const value = node?.kind === 'scalar' ? scalarOf(node) : undefined
  if (node?.kind !== 'scalar' || typeof value === 'string') return 'string'
  return integer(node.text.replaceAll('_', '')) === undefined ? typeof value : 'integer'
}

/** Reads an alias's target again for each alias, up to a bound. */
class Reader {
  #nodes = 0
  readonly #open = new Set<Node>()

  read(node: Node): Value {
    if (++this.#nodes > MOST_NODES)
      throw new ManifestError(node.start, `its aliases expand to more than ${MOST_NODES} values; use fewer`)
    switch (node.kind) {
      case 'scalar':
        return finite(node)
      case 'list':
        return node.items.map((item) => this.read(item))
      case 'map':
        return this.#fields(node, {})
      case 'alias':
        return this.#through(node, (target) => this.read(target))
      default:
        return node satisfies never
    }
  }

  /** In order: later fields win, merged ones too. */
  #fields(map: MapNode, fields: Record<string, Value>): Fields {
    const types = new Map<string, string>()
    for (const pair of map.pairs) {
      if (isMerge(pair)) {
        this.merged(pair, fields)
        continue
      }
      const name = keyOf(pair.key)
      const type = typeOfKey(pair.key)
      if (types.has(name) && types.get(name) !== type)
        throw new ManifestError(
          pair.key.outer,
          `this key and one above it are both ${JSON.stringify(name)} to kubectl, which takes either at random; remove one`
        )
      types.set(name, type)
      setField(fields, name, this.read(pair.value))
    }
    return fields
  }

  /** Earlier sources win. */
  merged({ value }: Pair, fields: Record<string, Value>): Fields {
    const sources = value.kind === 'list' ? value.items : [value]
    for (const source of sources.toReversed()) this.#merge(source, fields)
    return fields
  }

  #merge(source: Node, fields: Record<string, Value>): void {
    this.#nodes++
    if (source.kind === 'alias') this.#through(source, (target) => this.#merge(target, fields))
    else if (source.kind === 'map') this.#fields(source, fields)
    else throw new ManifestError(source.start, '"<<" merges only maps')
  }

  #through<T>(alias: AliasNode, read: (target: Node) => T): T {
    const { target } = alias
    if (!target || this.#open.has(target)) throw new ManifestError(alias.start, `&${alias.name} contains itself`)
    this.#open.add(target)
    const value = read(target)
    this.#open.delete(target)
    return value
  }
}

/** An assignment would take `__proto__` for the prototype. */
export function setField(fields: Record<string, Value>, key: string, value: Value): void {
  if (key !== '__proto__') fields[key] = value
  else Object.defineProperty(fields, key, { value, enumerable: true, writable: true, configurable: true })
}

/** More than any document that etcd can store. */
const MOST_NODES = 100_000

function finite(node: ScalarNode): Value {
  const value = scalarOf(node)
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  throw new ManifestError(node.start, `${node.text} is a number that JSON cannot express; put it in quotes`)
}

function integerKey(value: number, key: ScalarNode): string {
  if (Math.abs(value) < 2 ** 63) return String(value)
  throw new ManifestError(key.start, `the key ${key.text} is too large; put it in quotes`)
}

/** Go's FormatFloat(value, 'g', -1, 32). */
function floatKey(value: number, key: ScalarNode): string {
  if (Number.isNaN(value)) return '.nan'
  const single = Math.fround(value)
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf'
  for (let precision = 1; precision <= 9; precision++) {
    const [mantissa = '', exponent = ''] = single.toExponential(precision - 1).split('e')
    if (Math.fround(Number(`${mantissa}e${exponent}`)) !== single) continue
    const power = Number(exponent)
    if (power >= -4 && power < 6) return String(Number(`${mantissa}e${exponent}`))
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  }
  throw new ManifestError(key.start, `the key ${key.text} is not a 32-bit number; put it in quotes`)
}

function scalarOf(node: ScalarNode): Scalar {
  const { text, tag, isPlain } = node
  if (tag === undefined) return isPlain ? resolve(text) : text
  const name = tag.replace(/^!<tag:yaml\.org,2002:(.*)>$/, '!!$1')
  switch (name) {
    case '!!binary':
      return Buffer.from(text, 'base64').toString('utf8')
    case '!!null':
    case '!!bool':
    case '!!int':
    case '!!float':
      return asTagged(node, name)
    default: // !, !!str, !!timestamp, and unknown tags
      return text
  }
}

function asTagged(node: ScalarNode, tag: string): Scalar {
  const value = resolve(node.text)
  if (tag === '!!null' && value === null) return value
  if (tag === '!!bool' && typeof value === 'boolean') return value
  if (tag === '!!int' && integer(node.text.replaceAll('_', '')) !== undefined) return value
  if (tag === '!!float' && (typeof value === 'number' || JSON.isRawJSON(value)))
    return Number(node.text.replaceAll('_', ''))
  throw new ManifestError(node.start, `${JSON.stringify(node.text)} is not a ${tag}`)
}
