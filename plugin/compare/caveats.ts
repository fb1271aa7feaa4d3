// What a reader should know of a run before he believes its figures, in the table and in the report alike. Pure.
import { suggest } from '../suggest.ts'
import { isLatency } from './metric.ts'
import type { Summary } from './summary.ts'
import type { Verdict } from './verdict.ts'
import { count } from './words.ts'

/** What the figures do not say by themselves. A reader should know it before he believes them. */
export function caveats(summary: Summary): string[] {
  const { source, cutOff, blind, overflowed, unsettled, orphans, compared, copied, mirror, unknown, endpoints } =
    summary
  const own = copied - compared
  return [
    ...(cutOff === undefined ? [] : [`The run was cut off: ${cutOff}.`]),
    ...silences(summary),
    ...(endpoints.some(({ findings }) => findings.some(({ metric }) => metric === 'missing'))
      ? [`${checkCommand(summary)} looks for the cause of missing copies.`]
      : []),
    `Records: ${source.name}. ${source.blindTo}`,
    ...(source.approximate
      ? ['Pairs are approximate: these records have no request id, so requests were paired by method, path and time.']
      : []),
    ...doubtCaveats(summary),
    ...(unknown > 0
      ? [
          `Of ${count(unknown)} requests these records do not show whether the rules ask for a copy (they hang on headers, for example): nothing is called missing of them.`
        ]
      : []),
    ...(own > 0
      ? [
          `${count(own)} live requests were answered by ${mirror} itself; that their copies arrived is counted, their answers are not compared.`
        ]
      : []),
    ...(isTooShort(endpoints)
      ? ['Too short to judge latency: that takes requests over some fifteen seconds, and more with more endpoints.']
      : []),
    ...(differsEverywhere(endpoints)
      ? [
          `Latency differs on every endpoint: more likely ${mirror}'s pods (their number, processor, a cold start) than one change in its code.`
        ]
      : []),
    ...(orphans > 0
      ? [`${count(orphans)} ${orphans === 1 ? 'copy' : 'copies'} had no live request in these records.`]
      : []),
    ...(blind > 0
      ? [
          `${count(blind)} requests and copies without their other halves are not counted: a pod was not read when those may have come.`
        ]
      : []),
    ...(unsettled > 0
      ? [
          `${count(unsettled)} of those without their other halves came in the first moments, when connections from before the run still carry a request unseen: they may be in order.`
        ]
      : []),
    ...answerCaveats(summary),
    ...(overflowed > 0 ? [`${count(overflowed)} records were given up unpaired: too many were waiting at once.`] : [])
  ]
}

/** The report may be read elsewhere. */
function checkCommand({ name, namespace, context }: Summary): string {
  return suggest(`mirror check ${name}`, { namespace, context: context || undefined })
}

/** Of which version nothing was read at all: then its requests are not missing, or not only. */
function silences(summary: Summary): string[] {
  const { live, mirror, records, requests } = summary
  const unseen = (version: string, what: string): string =>
    `No record of ${version} was read: ${what}, or its pods do not write down what reaches them. ${checkCommand(summary)} looks for the cause.`
  return [
    ...(requests === 0 ? ['No live request was seen.'] : []),
    ...(records.mirror === 0 && records.live > 0 ? [unseen(mirror, 'no copy reached it')] : []),
    ...(records.live === 0 && records.mirror > 0 ? [unseen(live.join('+'), 'no request reached it')] : [])
  ]
}

/** What the records leave out, that pairs and roles hang on. */
function doubtCaveats({ doubts, source, mirror, mirrorServesLive }: Summary): string[] {
  const { withoutId, withoutForwarded, withoutDirection } = doubts
  return [
    ...(withoutId > 0 && !source.approximate
      ? [
          `Records without a request id: ${count(withoutId)}. They were paired by method, path and time; put %REQ(X-REQUEST-ID)% into the log format.`
        ]
      : []),
    ...(withoutForwarded > 0 && mirrorServesLive
      ? [
          `Records of ${mirror} without x-forwarded-for: ${count(withoutForwarded)}. They were taken for copies; live requests that it answers may be among them.`
        ]
      : []),
    ...(withoutDirection > 0
      ? [
          `Records without %UPSTREAM_CLUSTER%: ${count(withoutDirection)}. Requests that the pods themselves sent may be among them.`
        ]
      : [])
  ]
}

function isTooShort(endpoints: readonly Verdict[]): boolean {
  const timed = endpoints.filter(({ latency }) => latency)
  return timed.length > 0 && timed.every((one) => one.isTooShort)
}

function differsEverywhere(endpoints: readonly Verdict[]): boolean {
  const timed = endpoints.filter(({ latency }) => latency)
  const differs = ({ findings }: Verdict): boolean => findings.some(({ metric }) => isLatency(metric))
  return timed.length >= 3 && timed.every(differs)
}

/** Of runs that compare whole answers. */
function answerCaveats({ bodies, endpoints }: Summary): string[] {
  if (bodies === undefined) return []
  const { restrictions, upgrades, lost, letGo, baseline } = bodies
  const baselines = endpoints.reduce((sum, { fields }) => sum + (fields?.baselines ?? 0), 0)
  return [
    ...restrictions.map((text) => `Only ${text} were looked at.`),
    ...(upgrades > 0
      ? [
          `${count(upgrades)} requests to upgrade a connection (websockets) were left out: what is said on it is not seen, and not copied.`
        ]
      : []),
    ...(lost > 0
      ? [
          `${count(lost)} requests with their answers were too long, or could not be read: where their other halves came, those are unpaired.`
        ]
      : []),
    ...(letGo > 0
      ? [`${count(letGo)} bodies were let go before they could be compared: too many were waiting; use --sample.`]
      : []),
    ...(baseline && baselines === 0
      ? ['No answer to the baseline was seen: nothing tells a difference from noise, so no field is named for certain.']
      : []),
    ...(baseline
      ? [
          'The live version also answered the baseline, so its latency says nothing about the other version; it is not judged.'
        ]
      : [])
  ]
}
