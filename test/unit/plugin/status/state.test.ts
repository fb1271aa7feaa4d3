// The truth table of states: each line, and which of two that hold decides.
import { expect, test } from 'vitest'
import { stateOf, type OwnFacts, type StateCode, type Surroundings } from '../../../../plugin/status/state.ts'

const ASKED: OwnFacts = { asked: true, recorded: true, problems: [], expired: false, differs: 'no' }
const BARE: OwnFacts = { ...ASKED, asked: false, recorded: false }
const COMMANDS = { check: 'CHECK', disable: 'DISABLE', endBaseline: 'END' }
const BASELINE = '2026-01-01T00:00:00.000Z'

test.for<[string, OwnFacts, Surroundings, StateCode, (string | undefined)?, string?]>([
  ['all is well', ASKED, {}, 'Active', undefined],
  ['the record alone is left', { ...BARE, recorded: true }, {}, 'LeftOver', 'annotations were removed', 'DISABLE'],
  ['nothing of ours', BARE, {}, 'ByHand', 'typed into spec.http'],
  ['nothing of ours, though others drive it', BARE, { owner: 'Canary a' }, 'ByHand', undefined],
  ['problems', { ...ASKED, problems: ['a', 'b'] }, {}, 'Invalid', 'a; b'],
  ['problems before a missing record', { ...ASKED, problems: ['a'], recorded: false }, {}, 'Invalid', 'a'],
  ['over, and gone', { ...ASKED, expired: true }, {}, 'Expired', 'nothing is copied', 'DISABLE'],
  [
    'over, and the record alone is left',
    { ...ASKED, expired: true, differs: 'inMetadata' },
    {},
    'Expired',
    'nothing is copied',
    'DISABLE'
  ],
  [
    'over, and still there',
    { ...ASKED, expired: true, differs: 'inRules' },
    {},
    'ExpiredCopying',
    'no webhook has ended it',
    'DISABLE'
  ],
  [
    'over, still there, and unreadable: copies come first',
    { ...ASKED, expired: true, differs: 'inRules', problems: ['a'] },
    {},
    'ExpiredCopying',
    'no webhook has ended it; a',
    'DISABLE'
  ],
  ['over, gone, and unreadable', { ...ASKED, expired: true, problems: ['a'] }, {}, 'Expired', '; a', 'DISABLE'],
  ['driven by others', ASKED, { owner: 'Canary a (Flagger)' }, 'Owned', 'Canary a (Flagger) rewrites'],
  ['driven by others before not injected', { ...ASKED, recorded: false }, { owner: 'Canary a' }, 'Owned', undefined],
  ['no record', { ...ASKED, recorded: false, differs: 'inRules' }, {}, 'NotInjected', 'no webhook', 'CHECK'],
  ['other rules', { ...ASKED, differs: 'inRules' }, {}, 'Drifted', 'no webhook', 'CHECK'],
  ['another record', { ...ASKED, differs: 'inMetadata' }, {}, 'Drifted', 'no webhook', 'CHECK'],
  [
    'a baseline that is past',
    { ...ASKED, differs: 'inRules', staleBaseline: BASELINE },
    {},
    'BaselineCopying',
    `ended at ${BASELINE}`,
    'END'
  ],
  ['a delegate without a root', ASKED, { noRoot: 'no root' }, 'NoRoot', 'no root'],
  ['a root in the way', ASKED, { rootConflict: 'uri' }, 'RootConflict', 'uri'],
  ['no target', ASKED, { targetMissing: 'gone' }, 'TargetMissing', 'gone'],
  ['no pod', ASKED, { targetNotReady: 'none' }, 'TargetNotReady', 'none'],
  ['a tightened policy', ASKED, { forbidden: 'too much' }, 'Forbidden', 'too much'],
  ['no right to look', ASKED, { unknown: 'you may not' }, 'Unknown', 'you may not'],
  [
    'several at once: the first gives the code, all are said',
    ASKED,
    { unknown: 'c', targetMissing: 'a', forbidden: 'b' },
    'TargetMissing',
    'a; b; c'
  ],
  [
    'drifted before what is around it',
    { ...ASKED, differs: 'inRules' },
    { targetMissing: 'gone' },
    'Drifted',
    'no webhook',
    'CHECK'
  ]
])('%s', ([, own, around, code, message, remedy]) => {
  const state = stateOf(own, around, COMMANDS)
  expect({ code: state.code, remedy: state.remedy }).toEqual({ code, remedy })
  if (message === undefined) expect(state.message === undefined).toBe(code === 'Active')
  else expect(state.message).toContain(message)
})
