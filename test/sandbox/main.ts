// The sandbox's command line: npm run sandbox -- up | down | status | build [PROGRAM ...] | env
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { prepare } from './assets.ts'
import { buildPrograms } from './build.ts'
import { toolsFolder } from './downloads.ts'
import { explain, Failure } from './failure.ts'
import { interruption } from './interruption.ts'
import { placeOf } from './place.ts'
import { Progress } from './progress.ts'
import type { Session } from './session.ts'
import { flawOf } from './status.ts'
import { down, up } from './up.ts'
import { GO_PROGRAMS, type GoProgramName } from './programs.ts'

/** Without --silent npm's own two lines would be evaluated, too. */
const ENV = 'eval "$(npm run --silent sandbox -- env)"'

const USAGE = `Usage: npm run sandbox -- COMMAND

  up                    bring the sandbox up, or take the one that stands
  hold                  as up, say so on stdout, and take down what was not up before when stdin ends
  down                  take it down, whatever its state
  status                say whether it stands and is sound (exit code 0 or 1)
  env                   print what a shell needs: ${ENV}
  build [PROGRAM ...]   only fill the cache; with names (${Object.keys(GO_PROGRAMS).join(', ')}), only these

KUBECTL_MIRROR_SANDBOX=0..9 chooses the instance: several can stand side by side. XDG_CACHE_HOME moves the cache.`

const DIST = join(import.meta.dirname, '../../dist')

const COMMANDS: Readonly<Record<string, (session: Session, args: readonly string[]) => Promise<void>>> = {
  async up(session) {
    const since = Date.now()
    const { reused } = await up(session)
    const time = `${((Date.now() - since) / 1000).toFixed(1)} s`
    console.log(`The sandbox ${reused ? 'was already up' : 'is up'} (${time}). To use it: ${ENV}`)
  },
  async hold(given) {
    const released = new AbortController()
    process.stdin.resume().once('end', () => released.abort())
    const session = { ...given, signal: AbortSignal.any([given.signal, released.signal]) }
    try {
      const { reused } = await up(session)
      console.log('up')
      if (!session.signal.aborted) await once(session.signal, 'abort')
      if (!reused) await down({ ...session, signal: new AbortController().signal })
    } catch (error) {
      if (!released.signal.aborted) throw error
    } finally {
      process.stdin.destroy()
    }
  },
  down,
  async status(session) {
    const flaw = await flawOf(session)
    console.log(flaw === undefined ? `up: ${session.place.state}` : `not up: ${flaw}`)
    if (flaw !== undefined) process.exitCode = 1
  },
  async env({ place }) {
    console.log(`export KUBECTL_MIRROR_SANDBOX='${place.instance}'`)
    console.log(`export KUBECONFIG='${place.kubeconfig}'`)
    // Ours needs the Node that runs this: a machine's own may be too old.
    const folders = [DIST, toolsFolder(place), dirname(process.execPath)]
    console.log(`export PATH=${folders.map((folder) => `'${folder}'`).join(':')}:"$PATH"`)
  },
  async build(session, names) {
    const unknown = names.filter((name) => !Object.hasOwn(GO_PROGRAMS, name))
    if (unknown.length > 0)
      throw new Failure(`unknown program: ${unknown.join(', ')}. Known are: ${Object.keys(GO_PROGRAMS).join(', ')}`)
    if (names.length === 0) await prepare(session)
    else await buildNamed(names as readonly GoProgramName[], session) // checked above
  }
}

async function buildNamed(names: readonly GoProgramName[], session: Session): Promise<void> {
  const built = await session.progress.step('Go programs', (say) => buildPrograms(names, session, say))
  for (const path of Object.values(built)) console.log(path)
}

async function main([name = '', ...args]: readonly string[]): Promise<void> {
  const command = COMMANDS[name]
  if (command === undefined) {
    console.error(USAGE)
    process.exitCode = 2
    return
  }
  const signal = interruption()
  try {
    await command({ place: placeOf(process.env), progress: new Progress(process.stderr), signal }, args)
  } catch (error) {
    console.error(signal.aborted ? 'Interrupted: what was begun is taken down.' : explain(error))
    process.exitCode = signal.aborted ? 130 : 1
  }
}

await main(process.argv.slice(2))
