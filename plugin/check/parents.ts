// What the implementations of the Gateway API say of an HTTPRoute: who serves it, and whether its mirror was taken. Pure.
import { readAnswers } from '../resources/route-status.ts'
import type { StoredVirtualService } from '../resources/virtual-services.ts'
import { link, type Link } from './link.ts'

export function checkParents(object: StoredVirtualService): Link[] {
  const answers = readAnswers(object)
  if (answers.length === 0) {
    return [
      link(
        'failed',
        'parents',
        'no implementation serves this HTTPRoute',
        'name its Gateway or Service in spec.parentRefs'
      )
    ]
  }
  return answers.map(({ controller, parent, isCurrent, refusal }) => {
    if (refusal !== undefined) return link('failed', `parent ${parent}`, `${controller}: ${refusal}`)
    if (!isCurrent) return link('warning', `parent ${parent}`, `${controller} has not taken its last change yet`)
    return link('ok', `parent ${parent}`, `served by ${controller}`)
  })
}
