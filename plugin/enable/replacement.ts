// A second `enable` of an active mirror: lists what changes, and asks before it copies more.
import { createInterface } from 'node:readline'
import { ANNOTATIONS, askedAnnotations, type Intent } from '../../mirror/annotations.ts'
import { changesBetween, formatChange, type Change } from '../../mirror/changes.ts'
import { edit, type Edit } from '../../mirror/edit.ts'
import { otherManagersOf } from '../../mirror/managed-fields.ts'
import { placeOf } from '../../mirror/host.ts'
import { createMatcher } from '../../mirror/matcher.ts'
import { patchBetween } from '../../mirror/patch.ts'
import { plan } from '../../mirror/plan.ts'
import type { Annotations } from '../../mirror/virtual-service.ts'
import { UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'
import { flagOf } from './flag-annotations.ts'

/** No changes: nothing is mirrored now. `unknown`: why the current mirror cannot be read. */
export interface Replacement {
  readonly changes: readonly Change[]
  readonly unknown?: string
}

export function replacementOf(stored: StoredVirtualService, planned: Edit, now: Date): Replacement {
  const before = edit(stored, now)
  const isOn = patchBetween(before.base, stored).some(({ path }) => path.startsWith('/spec'))
  const [was, is] = [copiedBy(before, now), copiedBy(planned, now)]
  if (!isOn || before.plan?.expired || !is) return { changes: [] }
  const unread = before.problems.map(({ message }) => message).join('; ')
  if (!was) return { changes: [], unknown: unread || 'its annotations were removed' }
  return { changes: changesBetween(was, is, { place: placeOf(stored), matcher: createMatcher() }) }
}

/** With concrete targets: `v2` may belong to several hosts. Without a baseline's: those are diff's. */
function copiedBy({ base, intent, problems }: Edit, now: Date): Intent | undefined {
  if (!intent || problems.length > 0) return undefined
  const { baseline: _, ...own } = intent
  return { ...own, targets: plan(base, own, now).targets }
}

/** Asks on a terminal; elsewhere throws and names --replace. */
export async function refuseGrowth(name: string, { changes, unknown }: Replacement, io: Io): Promise<void> {
  const grown = changes.filter(({ grows }) => grows).map(formatChange)
  const said = unknown === undefined ? grown : [`what it copies now cannot be read: ${unknown}`]
  if (said.length === 0) return
  const verb = unknown === undefined ? 'would' : 'may'
  const found = `${name} is mirrored already, and this ${verb} copy more:\n${said.map((line) => `  ${line}`).join('\n')}\n`
  if (!io.stdin.isTTY || !io.stderr.isTTY) {
    throw new UserError(`nothing was changed: ${found}To allow it, add --replace to this command`)
  }
  if (!(await isConfirmed(`${found}Continue? [y/N] `, io))) throw new UserError('nothing was changed')
}

/** Anything but yes means no; so does the end of input. */
async function isConfirmed(question: string, { stdin, stderr, signal }: Io): Promise<boolean> {
  stderr.write(question)
  // Not as a terminal: readline would swallow Ctrl-C.
  const lines = createInterface({ input: stdin, terminal: false, signal })
  try {
    for await (const line of lines) return /^y(es)?$/i.test(line.trim())
    signal.throwIfAborted()
    stderr.write('\n')
    return false
  } finally {
    lines.close()
  }
}

/** Warnings about annotations of other managers: server-side apply removes only our own. A baseline ends by itself. */
export function keptFromOthers(
  { metadata: { annotations, managedFields = [] } }: StoredVirtualService,
  asked: Annotations,
  fieldManager: string
): string[] {
  const kept = Object.entries(askedAnnotations(annotations)).filter(
    ([key]) => !(key in asked) && key !== ANNOTATIONS.baseline
  )
  return kept.map(([key, value]) => {
    const managers = otherManagersOf(key, managedFields, fieldManager).join(', ') || 'another client'
    const flag = flagOf(key)
    const remedy = flag ? `, or add ${flag} and --force-conflicts` : ''
    return `${key}: ${JSON.stringify(value)} stays: ${managers} manages it; change it there${remedy}`
  })
}
