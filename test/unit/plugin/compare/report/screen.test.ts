import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Screen, sizeOf } from '../../../../../plugin/compare/report/screen.ts'

/** Stdout and stderr are one terminal, or stderr is a file. */
function terminal(columns: number, rows: number, isTTY = true) {
  const stdout = Object.assign(new PassThrough(), { columns, rows })
  const file = new PassThrough()
  // In the order in which they are written.
  const stderr = isTTY ? Object.assign(new PassThrough(), { isTTY, write: stdout.write.bind(stdout) }) : file
  return { screen: new Screen({ stdout, stderr }), read: () => String(stdout.read()), file }
}

test('goes up as many lines as the last text took, wrapped ones counted', () => {
  const { screen, read } = terminal(10, 24)
  screen.paint('short\nas long as three lines are', false)
  const lines = read().split('\n').length - 1
  expect(lines).toBe(4)
  screen.paint('next', false)
  expect(read()).toContain(`\u001B[${lines}A\r\u001B[Jnext\n`)
})

test('never paints more than the screen holds, until the last time', () => {
  const { screen, read } = terminal(80, 4)
  screen.paint('1\n2\n3\n4\n5', false)
  expect(read()).not.toContain('4\n')
  screen.paint('1\n2\n3\n4\n5', true)
  expect(read()).toContain('\u001B[3A\r\u001B[J1\n2\n3\n4\n5\n')
})

test('keeps what is said between two paints, above the text', () => {
  const { screen, read } = terminal(80, 24)
  screen.say('before')
  screen.paint('1\n2', false)
  expect(read()).toMatch(/^before\n/)
  screen.say('warning: something')
  expect(read()).toBe('\u001B[2A\r\u001B[Jwarning: something\n1\n2\n')
  screen.paint('3\n4', true)
  expect(read()).toContain('\u001B[2A\r\u001B[J3\n4\n')
  screen.say('after')
  expect(read()).toBe('after\n')
})

test('leaves the text alone where stderr is no terminal', () => {
  const { screen, read, file } = terminal(80, 24, false)
  screen.paint('1\n2', false)
  read()
  screen.say('warning: something')
  expect(read()).toBe('null')
  expect(String(file.read())).toBe('warning: something\n')
})

test('takes a terminal of 0 x 0 for one of unknown size', () => {
  expect(sizeOf({ columns: 0, rows: 0 })).toEqual({ columns: 120, rows: 40 })
  expect(sizeOf({})).toEqual({ columns: 120, rows: 40 })
  expect(sizeOf({ columns: 80, rows: 24 })).toEqual({ columns: 80, rows: 24 })
  const { screen, read } = terminal(0, 0)
  screen.paint('1\n2', false)
  expect(read()).toContain('1\n2\n')
})
