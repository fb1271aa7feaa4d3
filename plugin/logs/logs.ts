// `kubectl mirror logs`: finds the versions behind a VirtualService and prints their pods' logs as one stream.
import { formatProblem } from '../../mirror/problem.ts'
import { connect, type Cluster } from '../client/client.ts'
import { wantsColour } from '../io/colour.ts'
import { UserError } from '../io/errors.ts'
import { Follower } from '../follow/follower.ts'
import type { Merge } from '../follow/merge.ts'
import { makeNotices, type Notify } from '../follow/notices.ts'
import { selectionsOf, type Origin } from '../follow/origin.ts'
import { watchVersions } from '../follow/version-watch.ts'
import type { Io } from '../io/io.ts'
import type { LogsFlags } from './flags.ts'
import { parseLogsFlags, type LogsOptions } from './logs-options.ts'
import { makeOutput } from './logs-output.ts'
import { sleep } from '../resources/backoff.ts'
import { findVirtualService, type StoredVirtualService } from '../resources/virtual-services.ts'
import { findVersions, type Version } from '../resources/versions.ts'

interface Context {
  readonly cluster: Cluster
  readonly options: LogsOptions
  readonly io: Io
  readonly say: (text: string) => void
}

export async function logs(name: string, flags: LogsFlags, io: Io): Promise<number> {
  const options = parseLogsFlags(flags, io.now(), io.env)
  const output = await makeOutput(options, io)
  const cluster = await connect(flags, io)
  const context: Context = { cluster, options, io, say: (text) => void io.stderr.write(`${text}\n`) }
  try {
    const object = await findVirtualService(cluster, name)
    const versions = await findVersions(cluster, object)
    warn(name, versions, context.say)
    if (options.highlight.length > 0 && !wantsColour(options.colour, io.stdout, io.env)) {
      context.say('warning: --highlight has no effect without colours; add --color=always')
    }
    const code = await (options.follow ? follow : read)(object, versions, output.merge, context)
    await output.finish()
    return code
  } finally {
    cluster.close()
  }
}

/** Until Ctrl-C. Follows a mirror that begins, and stops following one that ends. */
async function follow(
  object: StoredVirtualService,
  versions: readonly Version[],
  merge: Merge<Origin>,
  context: Context
): Promise<number> {
  const { cluster, io, say } = context
  const notify = makeNotify(context)
  const follower = makeFollower(context, merge, notify)
  follower.follow(selectionsOf(versions))
  const over = new AbortController()
  const changes = watchVersions(cluster, object, {
    signal: AbortSignal.any([io.signal, over.signal]),
    pause: sleep,
    onVersions: (now) => follower.follow(selectionsOf(now)),
    onBroken: (error) => notify({ type: 'watch', error }),
    onAnswered: () => notify({ type: 'watched' }),
    say
  })
  try {
    await follower.run(io.signal)
    return 0
  } finally {
    over.abort()
    await changes
  }
}

/** Reads what there is now. Exits with 0 only if nothing was missed. */
async function read(
  _: StoredVirtualService,
  versions: readonly Version[],
  merge: Merge<Origin>,
  context: Context
): Promise<number> {
  let isWhole = true
  const sources = selectionsOf(versions)
  const misnamed = new Set<string>()
  const notify = makeNotify(context)
  const follower = makeFollower(context, merge, (notice) => {
    if (notice.type === 'empty' && notice.others.length > 0) misnamed.add(notice.source.key)
    if (notice.type === 'unlisted' || (notice.type === 'tail' && notice.event.type === 'gap')) isWhole = false
    notify(notice)
  })
  await follower.read(sources, context.io.signal)
  // A container name that no version has is a mistake, as with kubectl.
  return isWhole && misnamed.size < sources.length && !context.io.signal.aborted ? 0 : 1
}

/** Reports why versions have no pods. Throws if none has any. */
function warn(name: string, versions: readonly Version[], say: (text: string) => void): void {
  const problems = versions.flatMap(({ problem }) => (problem ? [formatProblem(problem)] : []))
  if (selectionsOf(versions).length === 0) throw new UserError([`${name} routes to no pods`, ...problems])
  for (const problem of problems) say(`warning: ${problem}`)
  if (!versions.some(({ role }) => role === 'mirror')) {
    say(`warning: ${name} has no mirror now; these are the logs of its live versions only`)
  }
}

function makeNotify({ options, io, say }: Context): Notify {
  return makeNotices({
    say,
    isColoured: wantsColour(options.colour, io.stderr, io.env),
    hasLifecycle: options.hasNotices,
    limitFlag: `--max-log-requests=${options.limit}`
  })
}

function makeFollower({ cluster, options, io }: Context, merge: Merge<Origin>, notify: Notify): Follower {
  const { choice, first, limit } = options
  return new Follower({ cluster, choice, first, limit, merge, notify, pause: sleep, now: () => io.now().getTime() })
}
