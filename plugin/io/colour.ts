// Whether output is coloured: https://no-color.org and https://bixense.com/clicolors.
import { styleText } from 'node:util'
import type { Io, Output } from './io.ts'
import type { Colour } from '../logs/logs-options.ts'

/** What the user says outweighs the environment. */
export function wantsColour(colour: Colour, output: Output, env: Io['env']): boolean {
  if (colour !== 'auto') return colour === 'always'
  if (env.NO_COLOR) return false
  if (env.CLICOLOR_FORCE && env.CLICOLOR_FORCE !== '0') return true
  return output.isTTY === true && env.TERM !== 'dumb'
}

/** Colour is a help, never the only sign. */
export type Paint = (style: keyof typeof STYLES, text: string) => string

const STYLES = { strong: 'bold', faint: 'dim', bad: 'red', good: 'green' } as const

/** For standard output. */
export function makePaint({ stdout, env }: Io): Paint {
  if (!wantsColour('auto', stdout, env)) return (_, text) => text
  return (style, text) => styleText(STYLES[style], text, { validateStream: false })
}
