// How numbers are written. Pure.

const NUMBER = new Intl.NumberFormat('en-US')

export function count(value: number): string {
  return NUMBER.format(value)
}

/** `2.1 %`, `0.03 %`, `100 %`: never 100 or 0 for what is not quite. */
export function percent(share: number): string {
  const value = 100 * share
  if (value === 0 || value === 100) return `${value} %`
  const digits = value < 0.1 || value > 99.9 ? 3 : value < 1 || value > 99 ? 2 : 1
  const text = value.toFixed(digits)
  if (Number(text) === 100) return '>99.999 %'
  return Number(text) === 0 ? '<0.001 %' : `${text} %`
}

/** `+3`, `-0.5`, `0`. */
export function signed(value: number): string {
  const rounded = Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0))
  return rounded > 0 ? `+${NUMBER.format(rounded)}` : NUMBER.format(rounded || 0)
}

export function quantity(value: number): string {
  return NUMBER.format(Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0)))
}
