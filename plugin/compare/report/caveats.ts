// What a reader should know of a run before trusting its figures, in the table and in the report alike. Pure.
import { suggest } from '../../client/suggest.ts'
import { isLatency, type Verdict } from '../statistics/verdict.ts'
import type { Summary } from '../statistics/summary.ts'
import { EDGE } from '../statistics/run.ts'
import { escapeControls } from '../../io/escape.ts'
import { plural } from '../../io/plural.ts'
import { count, signed } from '../statistics/format.ts'

/** Sentences, the weightiest first. */
export function caveats(summary: Summary): string[] {
  const { source, endpoints } = summary
  return [
    ...endCaveats(summary),
    ...unreadCaveats(summary),
    ...silences(summary),
    ...(endpoints.some(({ findings }) => findings.some(({ metric }) => metric === 'missing'))
      ? [`${checkCommand(summary)} looks for the cause of missing copies.`]
      : []),
    `Records: ${source.name}. ${source.blindTo}`,
    ...(source.approximate
      ? ['Pairs are approximate: these records have no request id, so requests were paired by method, path and time.']
      : []),
    ...doubtCaveats(summary),
    ...arrivalCaveats(summary),
    ...leftOut(summary),
    ...latencyCaveats(summary),
    ...echoCaveats(endpoints),
    ...answerCaveats(summary)
  ]
}

/** Of a run that ended otherwise than it was to. */
function endCaveats({ cutOff, limits, requests, edges }: Summary): string[] {
  const short = limits === '' ? '' : `, before ${limits}: run it again for conditions to pass`
  return [
    ...(cutOff === undefined ? [] : [`The run was cut off: ${escapeControls(cutOff)}${short}.`]),
    ...(limits.includes('--requests')
      ? [
          `${limits}: ${plural(requests, 'request is', 'requests are')} counted; ${edges} unpaired at the edges of the run (${EDGE / 1000} s) ${edges === 1 ? 'is' : 'are'} left out.`
        ]
      : edges > 0
        ? [
            `${plural(edges, 'request or copy', 'requests and copies')} without the other half at the edges of the run (${EDGE / 1000} s) ${edges === 1 ? 'is' : 'are'} not counted: it may be outside.`
          ]
        : [])
  ]
}

function unreadCaveats({ doubts: { unread, unreadExample }, live, mirror }: Summary): string[] {
  const lines = unread.live + unread.mirror
  if (lines === 0) return []
  const where = [
    ...(unread.live > 0 ? [`${count(unread.live)} of ${live.join('+')}`] : []),
    ...(unread.mirror > 0 ? [`${count(unread.mirror)} of ${mirror}`] : [])
  ]
  return [
    `${plural(lines, 'line')} of the access logs could not be read (${where.join(', ')}): ${lines === 1 ? 'its' : 'their'} format is not one that the mesh's configuration shows, or there are several ways to read ${lines === 1 ? 'it' : 'them'}. So no condition can be judged, and nothing is called missing. The first: ${unreadExample}`
  ]
}

function arrivalCaveats({
  unknown,
  doubts: { unread },
  source,
  copied,
  compared,
  cut,
  mirror,
  orphans
}: Summary): string[] {
  const own = copied - compared - cut
  const isTold = unread.live + unread.mirror > 0 || source.isPartial === true
  return [
    ...(unknown > 0 && !isTold
      ? [
          `Of ${plural(unknown, 'request')} these records do not show whether the rules ask for a copy (they hang on headers, for example): nothing is called missing of them.`
        ]
      : []),
    ...(own > 0
      ? [
          `${plural(own, 'live request was', 'live requests were')} answered by ${mirror} itself; that the copies arrived is counted, their responses are not compared.`
        ]
      : []),
    ...(cut > 0
      ? [
          `${plural(cut, 'pair was', 'pairs were')} cut off: the caller's proxy gave up one side before its response came, as Envoy does with a copy when the live version answers before it has read the whole body. That is no difference of ${mirror}'s: they are not compared.`
        ]
      : []),
    ...(orphans > 0 ? [`${plural(orphans, 'copy', 'copies')} had no live request in these records.`] : [])
  ]
}

function leftOut({ blind, unsettled, overflowed }: Summary): string[] {
  return [
    ...(blind > 0
      ? [
          `${plural(blind, 'unpaired request or copy was', 'unpaired requests and copies were')} ignored: a pod's log was not being read at that time.`
        ]
      : []),
    ...(unsettled > 0
      ? [
          `${plural(unsettled, 'unpaired request or copy', 'unpaired requests and copies')} occurred while existing connections were not yet logged, so they may be false alarms.`
        ]
      : []),
    ...(overflowed > 0
      ? [`${plural(overflowed, 'record was', 'records were')} given up unpaired: too many were waiting at once.`]
      : [])
  ]
}

function latencyCaveats({ endpoints, mirror }: Summary): string[] {
  return [
    ...(isTooShort(endpoints)
      ? ['Too short to judge latency: that takes requests over some fifteen seconds, and more with more endpoints.']
      : []),
    ...(differsEverywhere(endpoints)
      ? [
          `Latency differs on every endpoint: more likely ${mirror}'s pods (their number, processor, a cold start) than one change in its code.`
        ]
      : [])
  ]
}

function echoCaveats(endpoints: readonly Verdict[]): string[] {
  const echoes = endpoints.flatMap(({ endpoint, size }) =>
    size?.echo ? [`${endpoint} (${signed(size.echo.bytes)} B in ${plural(size.echo.pairs, 'pair')})`] : []
  )
  if (echoes.length === 0) return []
  return [
    `No difference: the size of ${echoes.join(', ')} differs by no more than the address that a copy has more in its x-forwarded-for, as where an application echoes it.`
  ]
}

/** The report may be read elsewhere. */
function checkCommand({ name, namespace, context }: Summary): string {
  return suggest(`mirror check ${name}`, { namespace, context: context || undefined })
}

/** Of which version nothing was read at all: then its requests are not missing, or not only. */
function silences(summary: Summary): string[] {
  const {
    live,
    mirror,
    records,
    requests,
    source: { ifSilent },
    doubts: { unread }
  } = summary
  const read = records.live + records.mirror + unread.live + unread.mirror
  const unseen = (version: string, what: string): string =>
    `No record of ${version} was read: ${what}, or its pods do not write down what reaches them. ${checkCommand(summary)} looks for the cause.`
  return [
    ...(requests === 0 ? ['No live request was seen.'] : []),
    ...(read === 0 && ifSilent !== undefined ? [`${ifSilent}.`] : []),
    ...(records.mirror === 0 && unread.mirror === 0 && records.live > 0 ? [unseen(mirror, 'no copy reached it')] : []),
    ...(records.live === 0 && unread.live === 0 && records.mirror > 0
      ? [unseen(live.join('+'), 'no request reached it')]
      : [])
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
  const { restrictions, upgrades, lost, dropped, baseline } = bodies
  const baselines = endpoints.reduce((sum, { fields }) => sum + (fields?.baselines ?? 0), 0)
  return [
    ...restrictions.map((text) => `Only ${text} were looked at.`),
    ...(upgrades > 0
      ? [
          `${plural(upgrades, 'request')} to upgrade a connection (websockets) ${upgrades === 1 ? 'was' : 'were'} left out: what is said on it is not seen, and not copied.`
        ]
      : []),
    ...(lost > 0
      ? [
          `${plural(lost, 'request was', 'requests were')} too long with the response, or could not be read: where the other half came, it is unpaired.`
        ]
      : []),
    ...(dropped > 0
      ? [`${plural(dropped, 'body was', 'bodies were')} dropped before comparison (memory limit); use --sample.`]
      : []),
    ...(baseline && baselines === 0
      ? ['No response to the baseline was seen, so no difference can be told from noise, and no field is named for certain.']
      : []),
    ...(baseline
      ? [
          'The live version also answered the baseline, so its latency says nothing about the other version; it is not judged.'
        ]
      : [])
  ]
}
