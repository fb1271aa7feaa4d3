// `kubectl mirror check`: whether everything is installed; or, for one VirtualService, whether its copies arrive, and why not.
import { checkInstallation } from './installation.ts'
import { printLinks, type Link } from './link.ts'
import { checkMirror } from './mirror.ts'
import { connect } from '../client/client.ts'
import { UserError } from '../io/errors.ts'
import { FORMATS, type CheckFlags } from './flags.ts'
import type { Io } from '../io/io.ts'
import { checkFormat, printValue } from '../io/output.ts'
import { findVirtualService } from '../resources/virtual-services.ts'

/** Exit code 1 if a link has failed. */
export async function check(name: string | undefined, flags: CheckFlags, io: Io): Promise<number> {
  checkFormat(flags.output, FORMATS)
  if (name === undefined && flags.probe !== undefined) throw new UserError('--probe needs the NAME of a VirtualService')
  const cluster = await connect(flags, io)
  try {
    const object = name === undefined ? undefined : await findVirtualService(cluster, name)
    const links: Link[] = object ? await checkMirror(cluster, object, io) : await checkInstallation(cluster, io)
    if (object && flags.probe !== undefined) {
      const { probe } = await import('./probe.ts')
      links.push(...(await probe(cluster, object, { ...flags, pod: flags.probe }, io.signal)))
    }
    if (flags.output === undefined) printLinks(links, io)
    else await printValue(links, flags.output, io.stdout)
    return links.some(({ outcome }) => outcome === 'failed') ? 1 : 0
  } finally {
    cluster.close()
  }
}
