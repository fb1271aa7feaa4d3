// The namespaces that all of a sandbox lives in, held by one process: when that dies, the kernel ends and unmounts all.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from './daemons.ts'
import { Failure } from './failure.ts'
import type { Place } from './place.ts'
import { type SandboxRecord, writeRecord } from './record.ts'
import { waitFor } from './wait.ts'

const UNSHARE = 'unshare --mount --propagation private --net --pid --fork --kill-child --mount-proc'.split(' ')

/** kubelet sets these, and they have no namespace: in the sandbox they are plain files, so that the host's stay as they are. */
const HOST_SYSCTLS = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes'
]

/**
 * The host's root becomes read-only: what would touch it fails here instead of leaving something there. Written to are
 * the state folder; /run, for shims' sockets and pods' network namespaces; /var/log, for pods' logs; /var/lib, for CNI.
 */
const SETUP = `set -e
mount --bind "$1" "$1"
mount --bind "$1/var-log" /var/log
mount -t tmpfs tmpfs /run
mkdir -p /run/var-lib/upper /run/var-lib/work
mount -t overlay overlay -o lowerdir=/var/lib,upperdir=/run/var-lib/upper,workdir=/run/var-lib/work /var/lib
for file in ${HOST_SYSCTLS.join(' ')}; do
  if [ -e "/proc/sys/$file" ]; then mount --bind "$1/sysctl/$file" "/proc/sys/$file"; fi
done
mount -o remount,bind,ro /
echo 1 > /proc/sys/net/ipv4/ip_forward
ip link set lo up
exec catatonit -P
`

export async function holdNamespaces(place: Place, record: SandboxRecord, signal: AbortSignal): Promise<void> {
  for (const folder of ['tmp', 'var-log', 'sysctl/vm', 'sysctl/kernel/keys']) {
    mkdirSync(join(place.state, folder), { recursive: true })
  }
  for (const name of HOST_SYSCTLS) writeFileSync(join(place.state, 'sysctl', name), sysctl(name))
  const log = join(place.logs, 'namespaces.log')
  record.holder = startDaemon([...UNSHARE, 'sh', '-c', SETUP, 'sh', place.state], log, place.state)
  writeRecord(place, record)
  const ready = () => readFileSync(`/proc/${initOf(record)}/comm`, 'utf8').trim() === 'catatonit'
  await waitFor('the namespaces', ready, { timeout: 10_000, signal, log, process: record.holder })
}

/** A command as it runs inside. Not `ip netns exec`: that mounts /sys anew, without the cgroups. */
export function inside(record: SandboxRecord, command: readonly string[]): string[] {
  return ['nsenter', '--target', String(initOf(record)), '--mount', '--net', '--pid', '--', ...command]
}

/** The host's pid of the namespaces' process 1: the only child of the one that made them. */
export function initOf({ holder }: SandboxRecord): number {
  const children = holder === undefined ? '' : readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8')
  const pid = Number(children.trim())
  if (!Number.isInteger(pid) || pid === 0) throw new Failure('the sandbox has no process that holds its namespaces')
  return pid
}

function sysctl(name: string): string {
  try {
    return readFileSync(join('/proc/sys', name), 'utf8')
  } catch {
    return '0\n' // this kernel lacks it
  }
}
