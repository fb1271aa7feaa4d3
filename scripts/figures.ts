// How the generated pages write figures. Pure.

/** `0.5`, `12`, `1,234`. */
export function round(value: number): string {
  return value < 10 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value).toLocaleString('en-US')
}

/** In bold where it is more than was asked for. */
export function flagged(text: string, isOver: boolean): string {
  return isOver ? `**${text}**` : text
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
