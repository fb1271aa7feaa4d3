// One flag in each spelling that pflag knows, and what it takes from the arguments behind it.
import { Option } from 'commander'
import { expect, test } from 'vitest'
import { Spellings } from '../../../../plugin/cli/spellings.ts'

const OPTIONS = [
  new Option('-n, --namespace <name>'),
  new Option('-A, --all-namespaces'),
  new Option('-f, --follow'),
  new Option('--no-follow'),
  new Option('--no-headers'),
  new Option('--dry-run [mode]'),
  new Option('-h, --host <name>')
]
const spellings = new Spellings(OPTIONS, 'kubectl mirror logs')

test.for<[typed: string, rest: string[], read: string[], left: string[]]>([
  ['--namespace', ['shop', 'httpbin'], ['--namespace=shop'], ['httpbin']],
  ['--namespace=shop', ['httpbin'], ['--namespace=shop'], ['httpbin']],
  ['--namespace=', ['httpbin'], ['--namespace='], ['httpbin']],
  ['--namespace', ['--follow'], ['--namespace=--follow'], []],
  ['--namespace=a=b', [], ['--namespace=a=b'], []],
  ['-n', ['shop', 'httpbin'], ['--namespace=shop'], ['httpbin']],
  ['-nshop', ['httpbin'], ['--namespace=shop'], ['httpbin']],
  ['-n=shop', ['httpbin'], ['--namespace=shop'], ['httpbin']],
  ['-n=', ['httpbin'], ['--namespace=='], ['httpbin']],
  ['-Afnshop', ['httpbin'], ['--all-namespaces', '--follow', '--namespace=shop'], ['httpbin']],
  ['-Afn', ['shop', 'httpbin'], ['--all-namespaces', '--follow', '--namespace=shop'], ['httpbin']],
  ['-fA=false', ['httpbin'], ['--follow'], ['httpbin']],
  ['--follow', ['true'], ['--follow'], ['true']],
  ['--follow=T', [], ['--follow'], []],
  ['--follow=0', [], ['--no-follow'], []],
  ['--no-follow=F', [], ['--follow'], []],
  ['--no-headers=true', [], ['--no-headers'], []],
  ['--no-headers=false', [], [], []],
  ['--dry-run', ['client'], ['--dry-run'], ['client']],
  ['--dry-run=client', [], ['--dry-run=client'], []],
  ['--help', ['x'], ['--help'], ['x']],
  ['-hshop', [], ['--host=shop'], []]
])('%s %j', ([typed, rest, read, left]) => {
  expect(spellings.read(typed, rest)).toEqual(read)
  expect(rest).toEqual(left)
})

test.for<[string, string]>([
  ['--follows', 'unknown flag: --follows'],
  ['--', 'unknown flag: --'],
  ['--=x', 'unknown flag: --'],
  ['-fx', "unknown shorthand flag: 'x' in -x"],
  ['-fA=', "unknown shorthand flag: '=' in -="],
  ['--namespace', 'flag needs an argument: --namespace'],
  ['-An', "flag needs an argument: 'n' in -n"],
  ['--follow=yes', 'invalid argument "yes" for "--follow" flag: strconv.ParseBool: parsing "yes": invalid syntax'],
  ['--follow=', 'invalid argument "" for "--follow" flag: strconv.ParseBool: parsing "": invalid syntax'],
  ['-Af=2', 'invalid argument "2" for "-f, --follow" flag: strconv.ParseBool: parsing "2": invalid syntax']
])('%s is refused as pflag refuses it', ([typed, message]) => {
  expect(() => spellings.read(typed, [])).toThrow(`${message}\nSee 'kubectl mirror logs --help' for usage.`)
})
