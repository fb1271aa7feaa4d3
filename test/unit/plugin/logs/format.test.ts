// How lines look: words beside colours, harmless on a terminal, bytes untouched elsewhere.
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { ByteOutput } from '../../../../plugin/logs/byte-output.ts'
import { makeFilter, makePrint, type FormatOptions } from '../../../../plugin/logs/format.ts'
import type { StampedLine } from '../../../../plugin/follow/line.ts'
import type { Origin } from '../../../../plugin/follow/origin.ts'
import { makeHighlight, parsePattern } from '../../../../plugin/logs/pattern.ts'
import { parseTemplate } from '../../../../plugin/logs/template.ts'
import { makeTimeFormat } from '../../../../plugin/logs/time-zone.ts'
import { lineOf, originOf } from '../follow/lines.ts'

const PLAIN: FormatOptions = { format: 'default', hasTimestamps: false, isColoured: false, isGuarded: false }

function printed(options: Partial<FormatOptions>, lines: readonly (readonly [Origin, StampedLine])[]): string {
  const stream = new PassThrough()
  const output = new ByteOutput(stream)
  const print = makePrint(output, { ...PLAIN, ...options })
  for (const [origin, line] of lines) print(origin, line)
  void output.flush()
  return String(stream.read() ?? '')
}

const LIVE = originOf('live', 'v1')
const MIRROR = originOf('mirror', 'v2')
const hello = lineOf('08:00:00.25 hello')

test('the word and the version stand before each line, aligned', () => {
  expect(
    printed({}, [
      [LIVE, hello],
      [MIRROR, hello]
    ])
  ).toBe('live   v1 httpbin-v1-6f5c9b-x7k2p hello\nmirror v2 httpbin-v2-6f5c9b-x7k2p hello\n')
})

test('a pod of several containers says which', () => {
  const origin = originOf('both', 'v2', { isOneOfSeveral: true })
  expect(printed({}, [[origin, hello]])).toBe('both   v2 httpbin-v2-6f5c9b-x7k2p app hello\n')
})

test('colours: of live and mirror never the same', () => {
  const [live, mirror] = [LIVE, MIRROR].map((origin) => printed({ isColoured: true }, [[origin, hello]]).slice(0, 5))
  expect(live).toMatch(/\[\d+m$/)
  expect(live).not.toBe(mirror)
})

test('raw is what the application wrote, byte for byte', () => {
  const bytes = Buffer.concat([Buffer.from('2027-01-15T08:00:00Z '), Buffer.from([0xff, 0x1b, 0x5b, 0x41, 0x00])])
  const line = { bytes, start: 0, content: 21, end: bytes.length, seconds: 1_800_000_000, nanos: 0 }
  const stream = new PassThrough()
  const output = new ByteOutput(stream)
  makePrint(output, { ...PLAIN, format: 'raw', isGuarded: true })(LIVE, line)
  void output.flush()
  expect(stream.read()).toEqual(Buffer.from([0xff, 0x1b, 0x5b, 0x41, 0x00, 0x0a]))
})

test.for([
  { name: 'a title', text: 'a\u001B]0;owned\u0007b', shown: 'ab' },
  { name: 'colours', text: '\u001B[31mred\u001B[0m', shown: 'red' },
  { name: 'a cursor moved, without the escape', text: 'a\u009B2Jb', shown: 'ab' },
  { name: 'a return that hides what was before', text: 'secret\rshown', shown: 'secret^Mshown' },
  { name: "a Windows program's line end", text: 'line\r', shown: 'line' },
  { name: 'an escape that was cut off', text: 'a\u001B', shown: 'a^[' },
  { name: 'a bell and a delete', text: '\u0007\u007F', shown: '^G^?' },
  { name: 'tabs and letters of any script', text: '\tÄ Привет 你好 👍🏽', shown: '\tÄ Привет 你好 👍🏽' }
])('on a terminal $name does nothing', ({ text, shown }) => {
  expect(printed({ format: 'default', isGuarded: true }, [[LIVE, lineOf(`08:00:00 ${text}`)]])).toBe(
    `live   v1 httpbin-v1-6f5c9b-x7k2p ${shown}\n`
  )
})

test('json: one object a line, with what only a mirror has', () => {
  expect(JSON.parse(printed({ format: 'json' }, [[MIRROR, lineOf('08:00:00.25 say "hi"\u001B')]]))).toEqual({
    timestamp: '2027-01-15T08:00:00.250000000Z',
    role: 'mirror',
    version: 'v2',
    nodeName: 'node1',
    namespace: 'prod',
    podName: MIRROR.pod,
    containerName: 'app',
    message: 'say "hi"\u001B'
  })
})

test('json on a terminal: what JSON leaves unescaped does nothing', () => {
  const text = 'a\u009B2Jb\u007Fc\u0085é'
  const guarded = printed({ format: 'json', isGuarded: true }, [[LIVE, lineOf(`08:00:00 ${text}`)]])
  expect(guarded).toContain('"a\\u009b2Jb\\u007fc\\u0085é"')
  expect(JSON.parse(guarded)).toMatchObject({ message: text })
  expect(printed({ format: 'json' }, [[LIVE, lineOf(`08:00:00 ${text}`)]])).toContain(`"${text}"`)
})

test.for([
  { zone: undefined, time: '2027-01-15T08:00:00.250000000Z' },
  { zone: 'UTC', time: '2027-01-15T08:00:00.250000000Z' },
  { zone: 'Europe/Paris', time: '2027-01-15T09:00:00.250000000+01:00' },
  { zone: 'Asia/Kathmandu', time: '2027-01-15T13:45:00.250000000+05:45' },
  { zone: 'America/New_York', time: '2027-01-15T03:00:00.250000000-05:00' }
])('timestamps in $zone', ({ zone, time }) => {
  const formatTime = zone === undefined ? {} : { formatTime: makeTimeFormat(zone) }
  expect(printed({ format: 'raw', hasTimestamps: true, ...formatTime }, [[LIVE, hello]])).toBe(`${time} hello\n`)
})

test('a line longer than the output keeps at once is written whole', () => {
  const text = 'x'.repeat(200_000)
  expect(
    printed({ format: 'raw' }, [
      [LIVE, hello],
      [LIVE, lineOf(`08:00:00 ${text}`)],
      [LIVE, hello]
    ])
  ).toBe(`hello\n${text}\nhello\n`)
})

test.for([
  { include: [], exclude: [], kept: ['GET /a', 'POST /b', 'get /c'] },
  { include: ['GET'], exclude: [], kept: ['GET /a'] },
  { include: ['GET', '/b$'], exclude: [], kept: ['GET /a', 'POST /b'] },
  { include: ['(?i)get'], exclude: ['/a'], kept: ['get /c'] },
  { include: [], exclude: ['(?i)get'], kept: ['POST /b'] }
])('of $include but not $exclude: $kept', ({ include, exclude, kept }) => {
  const isWanted = makeFilter(include.map(parsePattern), exclude.map(parsePattern))
  expect(['GET /a', 'POST /b', 'get /c'].filter((text) => isWanted(lineOf(`08:00:00 ${text}`)))).toEqual(kept)
})

const COLOURED = '\u001B[32mGET\u001B[0m /a 200\r'

test.for(['^GET', 'GET /a', '200$'])('-i %s sees what the reader sees, and so does -e', (pattern) => {
  const line = lineOf(`08:00:00 ${COLOURED}`)
  expect(makeFilter([parsePattern(pattern)], [])(line)).toBe(true)
  expect(makeFilter([], [parsePattern(pattern)])(line)).toBe(false)
})

test.for([String.raw`\[0m`, '32', String.raw`\r`])(
  '-i %s finds nothing in an escape sequence or a line end',
  (pattern) => {
    expect(makeFilter([parsePattern(pattern)], [])(lineOf(`08:00:00 ${COLOURED}`))).toBe(false)
  }
)

test.for([
  { pattern: '^GET /a', shown: '<GET /a> 200' },
  { pattern: '200$', shown: 'GET /a <200>' },
  { pattern: '32', shown: COLOURED }
])('-H $pattern marks what the reader sees; a line without a mark stays as it is', ({ pattern, shown }) => {
  const highlight = makeHighlight([parsePattern(pattern)], (text) => `<${text}>`)
  expect(printed({ format: 'raw', highlight }, [[LIVE, lineOf(`08:00:00 ${COLOURED}`)]])).toBe(`${shown}\n`)
})

test('marks every match once, also where patterns overlap', () => {
  const mark = makeHighlight(['ab', 'bc', '(?i)Z', ''].map(parsePattern), (text) => `<${text}>`)
  expect(mark('xabcx zx')).toBe('x<ab><c>x <z>x')
})

test.for([
  { template: '{{.Role}}/{{.Version}} {{.Message}}', line: 'mirror/v2 hello' },
  { template: '{{color .PodName}}:{{color .PodColor .Namespace}}', line: '<httpbin-v2-6f5c9b-x7k2p>:<prod>' },
  { template: '{{json .Message}}{{"\\t}}"}}x', line: '"hello"\t}}x' },
  { template: 'a {{- .Message -}} b', line: 'ahellob' },
  { template: '{{.Timestamp}}\n', line: '2027-01-15T08:00:00.250000000Z' }
])('template $template', ({ template, line }) => {
  const fields = {
    Message: 'hello',
    Timestamp: '2027-01-15T08:00:00.250000000Z',
    Role: 'mirror',
    Version: 'v2',
    NodeName: 'node1',
    Namespace: 'prod',
    PodName: MIRROR.pod,
    ContainerName: 'app'
  }
  expect(parseTemplate(template)(fields, (text) => `<${text}>`)).toBe(`${line}\n`)
})

test.for(['{{.Foo}}', '{{range .}}', '{{', '{{.Message', '{{.Message | json}}', '{{upper .Message}}'])(
  'template %s is refused, and what is allowed is said',
  (template) => {
    expect(() => parseTemplate(template)).toThrow(/write \{\{\.FIELD\}\}.*Message, Timestamp/)
  }
)
