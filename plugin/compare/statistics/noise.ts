// Which fields differ because of the copy's version, and which are noise. Pure: counts in, judgements out.
import { beyondChance, binomialAtMost, RISK } from './chance.ts'
import type { FieldCounts } from './endpoint-fields.ts'
import { isExplained, type Kind } from '../responses/difference.ts'

/** A field, as judging sees it. */
export interface CountedField {
  readonly kind: Kind
  readonly counts: FieldCounts
  /** Requests of its endpoint that had a baseline. */
  readonly baselines: number
}

/*
 *   a baseline?     | the field                                              | judgement
 *   ----------------|--------------------------------------------------------|---------------
 *   any             | is only a clock, or an echo of x-forwarded-for         | noise
 *   yes             | no more often from the copy than from the live version | noise
 *   yes             | more often, but not beyond chance                      | unclear
 *   yes             | more often, beyond chance                              | differs
 *   asked, none yet | differed between two live responses                    | may be noise
 *   asked, none yet | any other                                              | unclear
 *   not asked       | differed between two live responses                    | may be noise
 *   not asked       | any other                                              | differs
 */
export type Judgement = 'differs' | 'unclear' | 'may be noise' | 'noise'

export function isNoise(judgement: Judgement): boolean {
  return judgement === 'noise' || judgement === 'may be noise'
}

/** The report's description of the test. Keep it true. */
export const NOISE_METHOD =
  "Diffy's noise test against a second copy to the live version (more often, by a fifth of the differences and 0.03 % of " +
  "the requests), and McNemar's exact one-sided test with Holm's correction over all fields: 1 % risk of one false alarm in a run"

/** All fields of a run together, because each test may be a false alarm. `baseline`: one was asked for. */
export function judgeFields(fields: readonly CountedField[], baseline: boolean): Judgement[] {
  const asked = fields.filter(({ baselines, kind }) => baselines > 0 && !isExplained(kind))
  const beyond = beyondChance(
    asked.map(({ counts }) => chanceOf(counts)),
    RISK
  )
  const isBeyond = new Set(asked.filter((_, index) => beyond[index]))
  return fields.map((field) => {
    const { counts, baselines, kind } = field
    if (isExplained(kind)) return 'noise'
    if (baselines === 0) return counts.repeats > 0 ? 'may be noise' : baseline ? 'unclear' : 'differs'
    if (!passesDiffy(counts, baselines)) return 'noise'
    return isBeyond.has(field) ? 'differs' : 'unclear'
  })
}

/**
 * McNemar's exact test, one-sided: if the copy were just another live response, how likely would at least this many of the
 * requests with one difference have it on the copy's side?
 */
export function chanceOf({ rawOnly, noiseOnly }: Pick<FieldCounts, 'rawOnly' | 'noiseOnly'>): number {
  return binomialAtMost(noiseOnly, rawOnly + noiseOnly, 0.5)
}

/** twitter/diffy, DifferencesFilterFactory: relative 20 %, absolute 0.03 %. */
function passesDiffy({ rawOnly, noiseOnly, both }: FieldCounts, total: number): boolean {
  const [raw, noise] = [rawOnly + both, noiseOnly + both]
  const net = raw - noise
  return net > 0 && net / (raw + noise) > 0.2 && net / total > 0.0003
}

/** Wilson's interval: where the true rate lies, at 99 %. */
export function rateInterval(hits: number, trials: number): [low: number, high: number] {
  if (trials === 0) return [0, 1]
  const share = hits / trials
  const spread = Z * Math.sqrt((share * (1 - share)) / trials + (Z * Z) / (4 * trials * trials))
  const middle = share + (Z * Z) / (2 * trials)
  const scale = 1 + (Z * Z) / trials
  return [Math.max(0, (middle - spread) / scale), Math.min(1, (middle + spread) / scale)]
}

/** The 99.5 % quantile of the normal distribution. */
const Z = 2.5758293035489
