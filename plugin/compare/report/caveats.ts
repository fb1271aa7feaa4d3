// What a reader should know of a run before trusting its figures, in the table and in the report alike. Pure.
import { suggest } from '../../client/suggest.ts'
import { isLatency, type Verdict } from '../statistics/verdict.ts'
import type { Summary } from '../statistics/summary.ts'
import { EDGE } from '../statistics/run.ts'
import { escapeControls } from '../../io/sanitize.ts'
import { formatAge, plural, count, signed } from '../../io/format.ts'
import { fraction } from './labels.ts'

/** False: it does not hold. */
type Caveat = string | false

/** Sentences, the weightiest first. */
export function caveats(summary: Summary): string[] {
  const { source, endpoints, limit, mirror } = summary
  const isMissing = endpoints.some(({ findings }) => findings.some(({ metric }) => metric === 'missing'))
  const all = [
    ...endCaveats(summary),
    source.sample !== undefined &&
      `Only ${fraction(source.sample)} requests, chosen by their ids, were compared: every figure is of these.`,
    unreadCaveat(summary),
    ...silences(summary),
    isMissing && `${checkCommand(summary)} looks for the cause of missing copies.`,
    // Callers log no copy, and by default count none that they drop.
    isMissing &&
      limit !== undefined &&
      `Missing copies may have been dropped by the mirror's limit: a caller that has ${limit === 'unknown' ? 'so many copies' : plural(limit, 'copy', 'copies')} open to ${mirror} drops further ones, and no log shows which.`,
    `Records: ${source.name}. ${source.blindTo}`,
    source.approximate &&
      'Matches are approximate: these records have no request id, so requests and copies were matched by method, path and time.',
    ...doubtCaveats(summary),
    ...arrivalCaveats(summary),
    ...leftOut(summary),
    ...latencyCaveats(summary),
    echoCaveat(endpoints),
    ...responseCaveats(summary)
  ]
  return all.filter((caveat) => caveat !== false)
}

/** How the run ended, and what its edges left out. */
function endCaveats({ cutOff, limits, requests, edges }: Summary): Caveat[] {
  const short = limits === '' ? '' : `, before ${limits}, so no condition can pass`
  const near = `within ${EDGE / 1000} s of the run's start or end ${edges === 1 ? 'was' : 'were'}`
  return [
    cutOff !== undefined && `The run ended early: ${escapeControls(cutOff)}${short}.`,
    limits.includes('--requests')
      ? `${limits}: ${plural(requests, 'request was', 'requests were')} counted. ${plural(edges, 'unmatched record')} ${near} not.`
      : edges > 0 &&
        `${plural(edges, 'unmatched request or copy', 'unmatched requests and copies')} ${near} not counted: the other half may lie outside.`
  ]
}

function unreadCaveat({ doubts: { unread, unreadExample }, live, mirror }: Summary): Caveat {
  const lines = unread.live + unread.mirror
  const where = [
    ...(unread.live > 0 ? [`${count(unread.live)} of ${live.join('+')}`] : []),
    ...(unread.mirror > 0 ? [`${count(unread.mirror)} of ${mirror}`] : [])
  ]
  return (
    lines > 0 &&
    `${plural(lines, 'line')} of the access logs could not be read (${where.join(', ')}): the format is not in the mesh's configuration, or is ambiguous. So no condition can be evaluated, and nothing is called missing. The first: ${unreadExample}`
  )
}

function arrivalCaveats(summary: Summary): Caveat[] {
  const { unknown, doubts, source, copied, compared, cut, mirror, orphans, overflowed } = summary
  const own = copied - compared - cut
  const isUnread = doubts.unread.live + doubts.unread.mirror > 0 || source.isPartial === true
  // Then nothing is known of any request, and another sentence says why.
  const isSaid = isUnread || overflowed > 0 || (source.sample !== undefined && doubts.withoutId > 0)
  return [
    unknown > 0 &&
      !isSaid &&
      `The records of ${plural(unknown, 'request')} do not show whether the rules ask for a copy (rules may depend on headers, for example). No copy of these is called missing.`,
    own > 0 &&
      `${plural(own, 'live request was', 'live requests were')} answered by ${mirror} itself: their copies count as arrived, but are not compared.`,
    cut > 0 &&
      `${plural(cut, 'match was', 'matches were')} cut off: the caller's proxy cancelled one side before its response, as Envoy does with a copy when the live version answers before it has read the whole body. Such matches are not compared.`,
    orphans > 0 && `${plural(orphans, 'copy', 'copies')} had no live request in these records.`
  ]
}

function leftOut({ blind, unsettled, overflowed, behind, bodies }: Summary): Caveat[] {
  return [
    behind > WORTH_SAYING &&
      `Reading fell behind by ${formatAge(behind)}: there were more records than could be read. Requests of that time were not compared${bodies ? '' : '; --sample compares a share of all'}.`,
    blind > 0 &&
      `${plural(blind, 'unmatched request or copy was', 'unmatched requests and copies were')} ignored: a pod's log was not being read at that time.`,
    unsettled > 0 &&
      `${plural(unsettled, 'unmatched request or copy', 'unmatched requests and copies')} occurred while existing connections were not yet logged, so they may be false alarms.`,
    overflowed > 0 &&
      `${plural(overflowed, 'record was', 'records were')} dropped unmatched: too many were waiting at once, so what was missing may not be known${bodies ? '' : '; --sample compares a share of all'}.`
  ]
}

/** Milliseconds: Envoy writes its logs once a second, or less often. */
const WORTH_SAYING = 5000

function latencyCaveats({ endpoints, mirror }: Summary): Caveat[] {
  return [
    isTooShort(endpoints) &&
      'Too short to judge latency: that takes about fifteen seconds of requests, and more with more endpoints.',
    differsEverywhere(endpoints) &&
      `Latency differs on every endpoint: the cause is more likely ${mirror}'s pods (number, CPU, a cold start) than its code.`
  ]
}

function echoCaveat(endpoints: readonly Verdict[]): Caveat {
  const echoes = endpoints.flatMap(({ endpoint, size }) =>
    size?.echo ? [`${endpoint} (${signed(size.echo.bytes)} B in ${plural(size.echo.pairs, 'match', 'matches')})`] : []
  )
  return (
    echoes.length > 0 &&
    `No difference: the size of ${echoes.join(', ')} differs by no more than the address that a copy has in addition in x-forwarded-for. The application probably echoes that header.`
  )
}

/** The report may be read elsewhere. */
function checkCommand({ name, namespace, context }: Summary): string {
  return suggest(`mirror check ${name}`, { namespace, context: context || undefined })
}

/** Versions without any record: their requests are not missing, or not only. */
function silences(summary: Summary): Caveat[] {
  const { live, mirror, records, requests, source, doubts } = summary
  const { unread } = doubts
  const read = records.live + records.mirror + unread.live + unread.mirror
  const unseen = (version: string, what: string): string =>
    `No record of ${version} was read: ${what}, or its pods do not log requests. ${checkCommand(summary)} looks for the cause.`
  return [
    requests === 0 && `No live request${source.sample === undefined ? '' : ' of the sample'} was seen.`,
    read === 0 && source.ifSilent !== undefined && `${source.ifSilent}.`,
    records.mirror === 0 && unread.mirror === 0 && records.live > 0 && unseen(mirror, 'no copy reached it'),
    records.live === 0 && unread.live === 0 && records.mirror > 0 && unseen(live.join('+'), 'no request reached it')
  ]
}

/** What matching and roles need, and the records lack. */
function doubtCaveats({ doubts, source, mirror, mirrorServesLive }: Summary): Caveat[] {
  const { withoutId, withoutForwarded, withoutDirection } = doubts
  return [
    withoutId > 0 &&
      !source.approximate &&
      `Records without a request id: ${count(withoutId)}. ${source.sample === undefined ? 'They were matched by method, path and time' : 'They were left out, because --sample chooses by the id, and nothing is called missing'}; put %REQ(X-REQUEST-ID)% into the log format.`,
    withoutForwarded > 0 &&
      mirrorServesLive &&
      `Records of ${mirror} without x-forwarded-for: ${count(withoutForwarded)}. They were treated as copies, but may include live requests.`,
    withoutDirection > 0 &&
      `Records without %UPSTREAM_CLUSTER%: ${count(withoutDirection)}. They may include requests that the pods sent themselves.`
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

/** Of runs that compare whole responses. */
function responseCaveats({ bodies, endpoints }: Summary): Caveat[] {
  if (bodies === undefined) return []
  const { restrictions, upgrades, lost, dropped, baseline } = bodies
  const baselines = endpoints.reduce((sum, { fields }) => sum + (fields?.baselines ?? 0), 0)
  return [
    ...restrictions.map((text) => `Only ${text} were compared.`),
    upgrades > 0 &&
      `${plural(upgrades, 'request')} to upgrade a connection (websockets) ${upgrades === 1 ? 'was' : 'were'} not compared: Envoy does not copy what follows.`,
    lost > 0 &&
      `${plural(lost, 'request was', 'requests were')} too long, or could not be read. The other halves, if they came, are unmatched.`,
    dropped > 0 &&
      `${plural(dropped, 'body was', 'bodies were')} dropped before comparison (memory limit); use --sample.`,
    baseline &&
      baselines === 0 &&
      'No response to the baseline was seen, so no difference can be told from noise, and no field is named for certain.',
    baseline && 'Latency was not judged: the live version also answered the baseline, which is extra work.'
  ]
}
