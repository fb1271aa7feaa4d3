// The short form of these tests, which CI runs: every case, with less load and fewer repetitions.

export const isShort = process.env['KUBECTL_MIRROR_E2E'] === 'short'

export function times(long: number, short: number): number {
  return isShort ? short : long
}
