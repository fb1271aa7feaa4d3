// Whether and how output is coloured: https://no-color.org and https://bixense.com/clicolors.
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

const STYLES = { strong: 1, faint: 2, bad: 31, good: 32, warning: 33 }

export type Paint = (style: keyof typeof STYLES, text: string) => string

/** For standard output. */
export function makePaint({ stdout, env }: Pick<Io, 'stdout' | 'env'>): Paint {
  return wantsColour('auto', stdout, env) ? (style, text) => paint(STYLES[style], text) : (_, text) => text
}

/** `code`: of SGR, the terminal's Select Graphic Rendition. */
export function paint(code: number, text: string): string {
  return `\u001B[${code}m${text}\u001B[0m`
}
