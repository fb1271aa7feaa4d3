import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { repainter } from '../../../plugin/compare/repaint.ts'

function screen(columns: number, rows: number) {
  const output = Object.assign(new PassThrough(), { columns, rows })
  return { paint: repainter(output), read: () => String(output.read()) }
}

it('goes up as many lines as the last text took, wrapped ones counted', () => {
  const { paint, read } = screen(10, 24)
  paint('short\nas long as three lines are', false)
  const lines = read().split('\n').length - 1
  expect(lines).toBe(4)
  paint('next', false)
  expect(read()).toContain(`\u001B[${lines}A\r\u001B[Jnext\n`)
})

it('never paints more than the screen holds, until the last time', () => {
  const { paint, read } = screen(80, 4)
  paint('1\n2\n3\n4\n5', false)
  expect(read()).not.toContain('4\n')
  paint('1\n2\n3\n4\n5', true)
  expect(read()).toContain('\u001B[3A\r\u001B[J1\n2\n3\n4\n5\n')
})
