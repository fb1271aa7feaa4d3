// A second `enable` of a mirror that is on: what it changes is said, and what makes it copy more is asked for first.
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
import { flagOf } from './enable-flags.ts'

/** None where nothing is mirrored now. `unknown`: why what is mirrored now cannot be told. */
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
  if (!was) return { changes: [], unknown: unread || 'its annotations are gone' }
  return { changes: changesBetween(was, is, { place: placeOf(stored), matcher: createMatcher() }) }
}

/** With the targets as the rules have them: `v2` may be that of several hosts. A baseline's are compare's. */
function copiedBy({ base, intent, problems }: Edit, now: Date): Intent | undefined {
  if (!intent || problems.length > 0) return undefined
  const { baseline: _, ...own } = intent
  return { ...own, targets: plan(base, own, now).targets }
}

/** Asks where there is a terminal; else more is copied only where that was asked for. */
export async function refuseGrowth(name: string, { changes, unknown }: Replacement, io: Io): Promise<void> {
  const grown = changes.filter(({ grows }) => grows).map(formatChange)
  const said = unknown === undefined ? grown : [`what it copies now is not known: ${unknown}`]
  if (said.length === 0) return
  const found = `${name} is mirrored now, and more would be copied:\n${said.map((line) => `  ${line}`).join('\n')}\n`
  if (!io.stdin.isTTY || !io.stderr.isTTY) {
    throw new UserError(`nothing was changed: ${found}To do so, add --replace to this command`)
  }
  if (!(await isConfirmed(`${found}Go on? [y/N] `, io))) throw new UserError('nothing was changed')
}

/** Anything but a yes is a no, the end of input too. */
async function isConfirmed(question: string, { stdin, stderr, signal }: Io): Promise<boolean> {
  stderr.write(question)
  // Not as a terminal: it would take Ctrl-C for itself.
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

/** Annotations of others that stay: server-side apply removes only what was applied by us. A baseline ends by itself. */
export function keptFromOthers(
  { metadata: { annotations, managedFields = [] } }: StoredVirtualService,
  asked: Annotations,
  fieldManager: string
): string[] {
  const kept = Object.entries(askedAnnotations(annotations)).filter(
    ([key]) => !(key in asked) && key !== ANNOTATIONS.baseline
  )
  return kept.map(([key, value]) => {
    const managers = otherManagersOf(key, managedFields, fieldManager).join(', ') || 'somebody else'
    const flag = flagOf(key)
    const remedy = flag ? `, or give ${flag} and --force-conflicts` : ''
    return `${key}: ${JSON.stringify(value)} stays, because ${managers} manages it: change it there${remedy}`
  })
}
