// `kubectl mirror check`: is everything installed; or, for one VirtualService, does each copy arrive, and if not, why.
import { checkInstallation } from './check/installation.ts'
import { printLinks, type Link } from './check/link.ts'
import { checkMirror } from './check/mirror.ts'
import { connect } from './cluster.ts'
import { UserError } from './errors.ts'
import type { GlobalFlags } from './global-flags.ts'
import type { Io } from './io.ts'
import { checkFormat, printValue } from './output.ts'
import { findVirtualService } from './virtual-services.ts'

export interface CheckFlags extends GlobalFlags {
  readonly probe?: string
  readonly container?: string
  readonly path?: string
  readonly output?: string
}

/** 1 if a link has failed. */
export async function check(name: string | undefined, flags: CheckFlags, io: Io): Promise<number> {
  checkFormat(flags.output, ['json', 'yaml', 'jsonpath'])
  if (name === undefined && flags.probe !== undefined) throw new UserError('--probe needs the NAME of a VirtualService')
  const cluster = await connect(flags, io)
  try {
    const object = name === undefined ? undefined : await findVirtualService(cluster, name)
    const links: Link[] = object ? await checkMirror(cluster, object, io) : await checkInstallation(cluster, io)
    if (object && flags.probe !== undefined) {
      const { probe } = await import('./check/probe.ts')
      links.push(...(await probe(cluster, object, { ...flags, pod: flags.probe }, io.signal)))
    }
    if (flags.output === undefined) printLinks(links, io)
    else await printValue(links, flags.output, io.stdout)
    return links.some(({ outcome }) => outcome === 'failed') ? 1 : 0
  } finally {
    cluster.close()
  }
}
