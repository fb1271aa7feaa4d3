// An application that numbers its lines, and the check that a follower had each line exactly once.

/**
 * Every line says which run of the program wrote it and its number; each tenth goes to stderr. SIGTERM ends a run with a
 * line that says so, SIGUSR1 makes it write 12 MB at once, more than the kubelet leaves in one file.
 */
export const TALKER = `
import os, signal, sys, time
run = '%s/%d' % (os.environ['HOSTNAME'], time.time() * 1000)
number, flood, ended = 0, 0, False
def end(*_):
  global ended
  ended = True
def begin_flood(*_):
  global flood
  flood = 120000
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGUSR1, begin_flood)
def say(what):
  global number
  number += 1
  out = sys.stderr if number % 10 == 0 else sys.stdout
  out.write('%s %d %s\\n' % (run, number, what))
while not ended:
  for _ in range(200 if flood else 1):
    say('x' * 70)
  flood = max(0, flood - 200)
  sys.stdout.flush(); sys.stderr.flush()
  time.sleep(0.02)
say('end')
sys.stdout.flush(); sys.stderr.flush()
os._exit(1)
`

export interface Tally {
  readonly run: string
  readonly lines: number
  readonly lost: number
  readonly doubled: number
  readonly ended: boolean
}

/** Of every run of the program that the text tells of; other lines count for nothing. */
export function tally(text: string): Tally[] {
  const runs = new Map<string, { counts: Map<number, number>; end: number | undefined }>()
  for (const [, run = '', number, what] of text.matchAll(/(\S+\/\d+) (\d+) (x+|end)$/gm)) {
    const one = runs.get(run) ?? { counts: new Map<number, number>(), end: undefined }
    runs.set(run, one)
    one.counts.set(Number(number), (one.counts.get(Number(number)) ?? 0) + 1)
    if (what === 'end') one.end = Number(number)
  }
  return [...runs].map(([run, { counts, end }]) => {
    const last = end ?? Math.max(...counts.keys())
    return {
      run,
      lines: counts.size,
      lost: last - counts.size,
      doubled: counts.values().reduce((sum, count) => sum + count - 1, 0),
      ended: end !== undefined
    }
  })
}
