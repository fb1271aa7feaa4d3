// What the edit needs of a kind of route, and no more. Two kinds implement it: virtual-service-kind.ts and http-route.ts.
import type { Place } from './host.ts'
import type { Problem } from './problem.ts'
import type { ConcreteTarget, Target } from './target.ts'
import type { Destination, HttpRule, Metadata } from './virtual-service.ts'

/** What a VirtualService and an HTTPRoute have in common. */
export interface RouteObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: Metadata
  readonly spec?: Readonly<Record<string, unknown>> | null
  readonly [field: string]: unknown
}

/** A rule as it stands in the object. */
export type RawRule = Readonly<Record<string, unknown>>

export interface RouteKind {
  readonly name: 'VirtualService' | 'HTTPRoute'
  /** The list in `spec` that holds its rules. */
  readonly rulesAt: 'http' | 'rules'
  /** Lists in `spec` whose rules cannot be mirrored. */
  readonly otherRulesAt: readonly string[]
  /** What `from` names, in words. */
  readonly version: 'subset' | 'Service'
  /** Whether a filtered mirror may be a narrower clone of its rule, right before it. */
  readonly clones: boolean
  /** Annotations that it cannot keep, by their short names, each with the reason. */
  readonly unsupported: Readonly<Record<string, string>>
  /** What bounds copies that hang, and the bodies that are copied, in words. */
  readonly bounds: { readonly copies: string; readonly bodies: string }
  /** Of a rule that routes nowhere. */
  readonly nowhere: 'noRoute' | 'noBackend'

  /** A rule as Istio reads it, which turns an HTTPRoute into VirtualServices; of a VirtualService, the rule itself. */
  read(rule: RawRule, place: Place): HttpRule
  /** The rule with our mirrors, after its own. */
  withMirrors(rule: RawRule, targets: readonly ConcreteTarget[], where: Where): RawRule
  /** The rule without those of its mirrors; the rule itself if it has none of them. */
  withoutMirrors(rule: RawRule, isOurs: (destination: Destination) => boolean, place: Place): RawRule
  /** How many mirrors it has room for. */
  roomIn(rule: RawRule): number
  /** Fields of mirrors that are there, but empty: `withoutMirrors` could not give them back. */
  emptyFields(rule: RawRule): readonly string[]

  /** Reads an item of `to`; `path` is the field path of its problems. */
  parseTarget(text: string, path: string, place: Place): Target | Problem[]
  /** Reads what `format` wrote, without further checks. */
  readTarget(text: string, place: Place): Target | undefined
  /** In the grammar of `to`. */
  format(target: Target, place: Place): string
  /** The target as it is for a rule that sends most requests there. */
  complete(target: Target, primary: Destination): Target
  /** What `from` names of a destination. */
  versionOf(destination: Destination, place: Place): string | undefined
}

export interface Where {
  readonly place: Place
  /** The rules are merged into those of a root, and inherit its mirror. */
  readonly inDelegate: boolean
}
