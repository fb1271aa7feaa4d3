// The JSON patch from an object to its edit. Compares only what an edit can change: annotations, and rule by rule.
import jsonPatch, { type Operation } from 'fast-json-patch'
import { httpRules, type VirtualService } from './virtual-service.ts'

/** RFC 6902; empty when nothing changes. Rules that are shared between the two are not looked into. */
export function patchBetween(object: VirtualService, result: VirtualService): Operation[] {
  return [...annotationPatch(object, result), ...rulePatch(object, result)]
}

function annotationPatch(object: VirtualService, result: VirtualService): Operation[] {
  const [before, after] = [object.metadata.annotations, result.metadata.annotations]
  if (before === after) return []
  return nested('/metadata', { annotations: before }, { annotations: after })
}

function rulePatch(object: VirtualService, result: VirtualService): Operation[] {
  const [before, after] = [httpRules(object), httpRules(result)]
  if (before === after) return []
  // Clones move every rule behind them: the whole list says it shorter than its moves do.
  if (before.length !== after.length) return [{ op: 'replace', path: '/spec/http', value: after }]
  return after.flatMap((rule, index) =>
    rule === before[index] ? [] : nested(`/spec/http/${index}`, before[index]!, rule)
  )
}

function nested(path: string, before: object, after: object): Operation[] {
  return jsonPatch.compare(before, after).map((operation) => ({ ...operation, path: path + operation.path }))
}
