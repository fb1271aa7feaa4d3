// The question that a second enable asks on a terminal.
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { UserError } from '../../../../plugin/io/errors.ts'
import type { Io } from '../../../../plugin/io/io.ts'
import { refuseGrowth, type Replacement } from '../../../../plugin/enable/replacement.ts'

const GROWTH = { what: 'copies to v2', from: '10%', to: '100%', grows: true }
const SHRINKAGE = { what: 'ends', from: 'never', to: '2030-01-01T00:00:00Z', grows: false }

/** `typed` undefined: no terminal. */
async function ask(replacement: Replacement, typed?: string) {
  const isTTY = typed !== undefined
  const stdin = Object.assign(new PassThrough(), { isTTY })
  const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY })
  const io = { stdin, stderr, signal: new AbortController().signal } as unknown as Io
  stdin.end(typed ?? '')
  const refused = await refuseGrowth('web', replacement, io).catch((error: unknown) => {
    if (error instanceof UserError) return error.message
    throw error
  })
  return { refused, asked: String(stderr.read() ?? '') }
}

test.for(['y\n', 'yes\r\n', ' Y \n'])('%j continues', async (typed) => {
  const { refused, asked } = await ask({ changes: [GROWTH, SHRINKAGE] }, typed)
  expect(refused).toBeUndefined()
  expect(asked).toBe(
    'web is mirrored already, and this would copy more:\n  copies to v2: 10% -> 100%\nContinue? [y/N] '
  )
})

test.for(['', '\n', 'n\n', 'yesterday\n', '\ny\n'])('%j does not', async (typed) => {
  expect((await ask({ changes: [GROWTH] }, typed)).refused).toBe('nothing was changed')
})

test('without a terminal nothing is asked', async () => {
  const { refused, asked } = await ask({ changes: [GROWTH] })
  expect(refused).toMatch(/^nothing was changed: [^]*To allow it, add --replace to this command$/)
  expect(asked).toBe('')
})

test('what only shrinks is no question, what cannot be told is one', async () => {
  expect(await ask({ changes: [SHRINKAGE] })).toEqual({ refused: undefined, asked: '' })
  expect((await ask({ changes: [], unknown: '"x" is no target' }, 'n\n')).asked).toContain(
    '  what it copies now cannot be read: "x" is no target\n'
  )
})
