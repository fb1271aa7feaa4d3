// The sandbox's own branch in every cgroup hierarchy, for kubelet to work below; two kubelets must not share one.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Place } from './place.ts'

export async function makeCgroups({ cgroup }: Place): Promise<void> {
  await Promise.all(hierarchies().map((root) => mkdir(join(root, cgroup), { recursive: true })))
}

/**
 * While processors are short, all pods together count so many times as much as one process outside, which the kernel's own
 * rule makes once: on a real cluster no control plane shares a node with them.
 */
export async function weighPods({ cgroup }: Place, times: number): Promise<void> {
  for (const root of hierarchies()) {
    const [shares, weight] = [join(root, cgroup, 'cpu.shares'), join(root, cgroup, 'cpu.weight')]
    if (existsSync(shares)) await writeFile(shares, String(times * 1024))
    if (existsSync(weight)) await writeFile(weight, String(times * 100))
  }
}

/** Only when its processes are dead. The kernel lets go of them a little later. */
export async function removeCgroups({ cgroup }: Place): Promise<void> {
  for (const root of hierarchies()) {
    for (let tries = 0; existsSync(join(root, cgroup)) && tries < 50; tries++) {
      if (tries > 0) await sleep(100)
      await removeBranch(join(root, cgroup))
    }
  }
}

/** cgroup v1 has one mount for each controller, v2 a single one. */
export function hierarchies(): string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
  const roots = mounts.filter(([, , type]) => type === 'cgroup' || type === 'cgroup2').map(([, path = '']) => path)
  return roots.filter((root) => readdirSync(root).includes('cgroup.procs'))
}

/** rmdir takes an empty cgroup in spite of the files in it. */
async function removeBranch(folder: string): Promise<void> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    for (const entry of entries) if (entry.isDirectory()) await removeBranch(join(folder, entry.name))
    await rmdir(folder)
  } catch {
    // Still in use, or gone meanwhile: the caller looks again.
  }
}
