// What processes hold, sample by sample, and whether it grows. Knows no cluster.

export interface Sample {
  /** Bytes resident. */
  readonly memory: number
  /** Open descriptors: files, pipes, connections. */
  readonly descriptors: number
}

export interface Trend {
  /** The median of the middle third, and of the last. */
  readonly memory: Change
  readonly descriptors: Change
}

interface Change {
  readonly middle: number
  readonly last: number
}

/** JavaScript that prints a sample of a process, for a Node that may read its /proc. */
export function sampleScript(pid: number | string): string {
  return (
    `const fs=require('node:fs');const kB=/^VmRSS:\\s*(\\d+)/m.exec(fs.readFileSync('/proc/${pid}/status','utf8'))[1];` +
    `console.log(JSON.stringify({memory:kB*1024,descriptors:fs.readdirSync('/proc/${pid}/fd').length}))`
  )
}

/** The first third is left out: caches fill, and the engine compiles. */
export function trendOf(samples: readonly Sample[]): Trend {
  const third = Math.floor(samples.length / 3)
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)]
  const change = (of: (sample: Sample) => number): Change => ({
    middle: median(middle.map(of)),
    last: median(last.map(of))
  })
  return { memory: change(({ memory }) => memory), descriptors: change(({ descriptors }) => descriptors) }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
