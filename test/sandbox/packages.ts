// Installs the Debian packages that the sandbox's steps call, or others; knows nothing of what they do with them.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './command.ts'
import { Failure } from './failure.ts'
import { exclusively } from './lock.ts'
import type { Place } from './place.ts'
import type { Say } from './progress.ts'
import type { Session } from './session.ts'

/** By name a file that the package brings, which is looked for first: other distributions may have it from elsewhere. */
type Packages = Readonly<Record<string, string>>

const PACKAGES: Packages = {
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

export async function installPackages(session: Session, say: Say, packages = PACKAGES): Promise<void> {
  if (missing(packages).length === 0) return
  await exclusively('packages', { say, signal: session.signal }, () => install(packages, session.place, say))
}

function missing(packages: Packages): string[] {
  return Object.keys(packages).filter((name) => !existsSync(packages[name] ?? ''))
}

async function install(packages: Packages, place: Place, say: Say): Promise<void> {
  const names = missing(packages)
  if (names.length === 0) return // another run has installed them meanwhile
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Failure(`these programs are missing, and there is no apt-get to install them: ${names.join(', ')}`, {
      remedy: `install them yourself, at these paths: ${names.map((name) => packages[name]).join(', ')}`
    })
  }
  const log = join(place.logs, 'packages.log')
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  // No signal: an interrupted dpkg would leave the host half-configured. The run ends right after it.
  say('apt-get update')
  await run('apt-get', ['update', '-q'], { log, env })
  say(`apt-get install ${names.join(' ')}`)
  await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...names], { log, env })
}
