// A flag is declared once: what commander reads, the type of its value, and its completion.
import { Command, type Option } from 'commander'
import { expect, expectTypeOf, test } from 'vitest'
import { command, FlagOption } from '../../../../plugin/cli/command.ts'
import { flags, list, on, onByDefault, optional, text, textOr, type FlagsOf } from '../../../../plugin/io/flags.ts'

const FLAGS = flags(
  text('-s, --since-time <time>', 'one value'),
  textOr('--tail <lines>', '-1', 'one value, with a default'),
  list('--to <target...>', 'many values', 'subsets'),
  on('--force', 'a switch'),
  onByDefault('-f, --follow', 'a switch that is on'),
  onByDefault('--no-follow', 'off'),
  onByDefault('--no-headers', 'off alone'),
  optional('--dry-run [mode]', 'a value that may be missing', ['none', 'client'])
)

type Values = FlagsOf<typeof FLAGS>

type Plain<T> = { [K in keyof T]: T[K] }

interface Expected {
  readonly sinceTime?: string
  readonly tail: string
  readonly to?: readonly string[]
  readonly force?: boolean
  readonly follow: boolean
  readonly headers: boolean
  readonly dryRun?: string | true
}

async function parse(...argv: string[]): Promise<Values & { readonly name: string }> {
  const found: (Values & { readonly name: string })[] = []
  const made = command({
    name: 'try',
    description: '',
    argument: { spelling: '<name>', description: '' },
    flags: FLAGS,
    run: async (name, values) => {
      // @ts-expect-error -- no flag has this name
      void values.since
      found.push({ ...values, name })
      return Promise.resolve(0)
    }
  })
  const program = new Command().addCommand(made(async (act) => void (await act(undefined as never)))) // no Io is needed
  await program.parseAsync(['try', ...argv], { from: 'user' })
  return found[0]!
}

test.for<[string[], Expected]>([
  [[], { tail: '-1', follow: true, headers: true }],
  [
    ['--since-time=x', '--tail=5', '--to=a', '--to=b', '--force', '--no-follow', '--no-headers', '--dry-run=client'],
    {
      sinceTime: 'x',
      tail: '5',
      to: ['a', 'b'],
      force: true,
      follow: false,
      headers: false,
      dryRun: 'client'
    }
  ],
  [['--dry-run', '--no-follow', '--follow'], { tail: '-1', follow: true, headers: true, dryRun: true }]
])('%j', async ([argv, expected]) => {
  // Does not compile where a declaration and its use differ.
  expectTypeOf<Plain<Values>>().toEqualTypeOf<Expected>()
  expect(await parse('httpbin', ...argv)).toEqual({ ...expected, name: 'httpbin' })
})

test('an option knows what completes it', () => {
  const options: Option[] = FLAGS.map((flag) => new FlagOption(flag))
  expect(options.map((one) => (one as FlagOption).completion)).toEqual([
    [],
    [],
    'subsets',
    [],
    [],
    [],
    [],
    ['none', 'client']
  ])
})
