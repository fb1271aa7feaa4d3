// What kubectl's users type, as commander gets it.
import { Command, Option } from 'commander'
import { expect, test } from 'vitest'
import { normalise } from '../../../../plugin/cli/arguments.ts'

function program(): Command {
  const logs = new Command('logs')
    .argument('<name>')
    .option('-f, --follow')
    .option('--no-follow')
    .option('--tail <lines>')
    .option('-i, --include <regex...>')
    .addOption(new Option('--dry-run [mode]').preset('unchanged'))
  return new Command('kubectl mirror')
    .option('-n, --namespace <name>')
    .option('-v, --v <level>')
    .option('-A, --all-namespaces')
    .addCommand(logs)
    .addCommand(new Command('status').argument('[name...]'))
}

test.for<[string, string, string]>([
  ['positionals after flags', 'logs httpbin -n foo', 'logs --namespace=foo -- httpbin'],
  ['flags before the verb', '-n foo logs httpbin', 'logs --namespace=foo -- httpbin'],
  ['a short flag with =', 'logs -n=foo httpbin', 'logs --namespace=foo -- httpbin'],
  ['a short flag with its value attached', 'logs -nfoo -v6 httpbin', 'logs --namespace=foo --v=6 -- httpbin'],
  ['several short flags in one', 'status -Anfoo', 'status --all-namespaces --namespace=foo --'],
  ['values that look like flags', 'logs httpbin --tail -1 -i --x', 'logs --tail=-1 --include=--x -- httpbin'],
  ['a boolean that is said', 'logs -f=true httpbin', 'logs --follow -- httpbin'],
  ['a boolean that is denied', 'logs --follow=false httpbin', 'logs --no-follow -- httpbin'],
  ['a denied denial', 'logs --no-follow=false httpbin', 'logs --follow -- httpbin'],
  ['a denied flag without a denial', 'status --all-namespaces=f', 'status --'],
  ['an optional value only behind =', 'logs --dry-run httpbin', 'logs --dry-run -- httpbin'],
  ['that value', 'logs --dry-run=client httpbin', 'logs --dry-run=client -- httpbin'],
  ['= inside a value', 'logs -i a=b httpbin', 'logs --include=a=b -- httpbin'],
  ['repeated flags', 'logs -i a -i b httpbin', 'logs --include=a --include=b -- httpbin'],
  ['what follows --', 'status -- -n', 'status -- -n'],
  ['a lone -', 'status -', 'status -- -'],
  ['help', 'logs -h', 'logs --help --'],
  ['help of all', '--help', '--help --']
])('takes %s', ([, typed, expected]) => {
  expect(normalise(typed.split(' '), program()).join(' ')).toBe(expected)
})

test.for<[string, string]>([
  ['logs --nope', "unknown flag: --nope\nSee 'kubectl mirror logs --help' for usage."],
  ['logs -fZ', "unknown shorthand flag: 'Z' in -Z\nSee 'kubectl mirror logs --help' for usage."],
  ['status --namespace', "flag needs an argument: --namespace\nSee 'kubectl mirror status --help' for usage."],
  ['status -An', "flag needs an argument: 'n' in -n\nSee 'kubectl mirror status --help' for usage."],
  [
    'logs -f=perhaps',
    `invalid argument "perhaps" for "-f, --follow" flag: strconv.ParseBool: parsing "perhaps": invalid syntax
See 'kubectl mirror logs --help' for usage.`
  ]
])("refuses %s in pflag's words", ([typed, message]) => {
  expect(() => normalise(typed.split(' '), program())).toThrow(message)
})
