// Each document as kubectl reads it, or refused with its line.
import { expect, test } from 'vitest'
import { readDocument } from '../../../../../plugin/render/manifest/document.ts'
import { render } from '../render-text.ts'
import { DOCUMENTS } from './documents.ts'

/** In a comment: what does not concern us is not read. */
const CONCERNS = '# kubectl-mirror.dev/\n'

test.for(Object.entries(DOCUMENTS))('%s', ([, [text, verdict]]) => {
  const isJson = text.startsWith('{')
  if (verdict instanceof RegExp) return expect(render(`${text}${CONCERNS}`).problems.join()).toMatch(verdict)
  const { objects } = readDocument(text, isJson)
  expect(JSON.parse(JSON.stringify(objects[0]?.object))).toEqual(JSON.parse(verdict))
  expect(isJson || render(`${text}${CONCERNS}`).problems).toEqual(isJson || [])
})
