// Whether and how output is coloured: https://no-color.org and https://bixense.com/clicolors.
import { styleText } from 'node:util'
import type { Io, Output } from './io.ts'

export const WHEN = ['auto', 'always', 'never'] as const
export type When = (typeof WHEN)[number]

/** The flag overrides the environment. */
export function wantsColour(when: When, output: Output, env: Io['env']): boolean {
  if (when !== 'auto') return when === 'always'
  if (env.NO_COLOR) return false
  if (env.CLICOLOR_FORCE && env.CLICOLOR_FORCE !== '0') return true
  return output.isTTY === true && env.TERM !== 'dumb'
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan'
export type Paint = (style: Style, text: string) => string

export const plain: Paint = (_, text) => text

/** `isColoured` false: text stays plain. */
export function painter(isColoured: boolean): Paint {
  return isColoured ? (style, text) => styleText(style, text, { validateStream: false }) : plain
}
