// Installs the Debian packages that the sandbox's steps call; knows nothing of what they do with them.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './command.ts'
import { Failure } from './failure.ts'
import { exclusively } from './lock.ts'
import type { Place } from './place.ts'
import type { Say } from './progress.ts'
import type { Session } from './session.ts'

/** A file that the package brings, which is looked for first: other distributions may have it from elsewhere. */
const PACKAGES: Readonly<Record<string, string>> = {
  buildah: '/usr/bin/buildah',
  catatonit: '/usr/bin/catatonit',
  conntrack: '/usr/sbin/conntrack',
  containerd: '/usr/bin/containerd',
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  'debian-archive-keyring': '/usr/share/keyrings/debian-archive-keyring.gpg',
  gpg: '/usr/bin/gpg',
  iproute2: '/sbin/ip',
  iptables: '/usr/sbin/iptables',
  mmdebstrap: '/usr/bin/mmdebstrap',
  'python3-pip': '/usr/bin/pip3',
  runc: '/usr/sbin/runc',
  socat: '/usr/bin/socat'
}

export async function installPackages(session: Session, say: Say): Promise<void> {
  if (missingPackages().length === 0) return
  await exclusively('packages', { say, signal: session.signal }, () => install(missingPackages(), session.place, say))
}

function missingPackages(): string[] {
  return Object.keys(PACKAGES).filter((name) => !existsSync(PACKAGES[name] ?? ''))
}

async function install(missing: readonly string[], place: Place, say: Say): Promise<void> {
  if (missing.length === 0) return // another run has installed them meanwhile
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Failure(`these programs are missing, and there is no apt-get to install them: ${missing.join(', ')}`, {
      remedy: 'install them yourself, at the paths of test/sandbox/packages.ts'
    })
  }
  const log = join(place.logs, 'packages.log')
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  // No signal: an interrupted dpkg would leave the host half-configured. The run ends right after it.
  say('apt-get update')
  await run('apt-get', ['update', '-q'], { log, env })
  say(`apt-get install ${missing.join(' ')}`)
  await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...missing], { log, env })
}
