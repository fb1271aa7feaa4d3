// Declares a command's flags, each once: commander's option, the type of its value and its completion come from here.

/** What completes the value of a flag: these values, files, or names from the kubeconfig and the cluster. */
export type Completion =
  | readonly string[]
  | 'files'
  | 'clusters'
  | 'contexts'
  | 'users'
  | 'namespaces'
  | 'pods'
  | 'routes'
  | 'subsets'

/** `Sure`: the flag has a value even if it is not typed. */
export interface Flag<Key extends string = string, Value = unknown, Sure extends boolean = boolean> {
  /** As help shows it: `-o, --output <format>`. */
  readonly spelling: string
  readonly description: string
  readonly initial?: string | boolean
  readonly completion?: Completion
  /** For the compiler alone: never set. */
  readonly types?: { readonly key: Key; readonly value: Value; readonly sure: Sure }
}

/** `flags(text('--to <version>', ...), on('--all', ...))` -> `{ to?: string; all?: boolean }` */
export type FlagsOf<F extends readonly Flag[]> = {
  readonly [One in Extract<F[number], Flag<string, unknown, true>> as Types<One>['key']]: Types<One>['value']
} & {
  readonly [One in Exclude<F[number], Flag<string, unknown, true>> as Types<One>['key']]?: Types<One>['value']
}

type Types<One extends Flag> = NonNullable<One['types']>

export function flags<const F extends readonly Flag[]>(...declared: F): F {
  return declared
}

/** Without a value: true if it is typed. */
export function on<const S extends string>(spelling: S, description: string): Flag<KeyOf<S>, boolean, false> {
  return { spelling, description }
}

/** `--no-headers`: true unless it is typed. `--follow` beside `--no-follow` is declared so, too. */
export function onByDefault<const S extends string>(spelling: S, description: string): Flag<KeyOf<S>, boolean, true> {
  return { spelling, description, initial: true }
}

type Declare<Value> = <const S extends string>(
  spelling: S,
  description: string,
  completion?: Completion
) => Flag<KeyOf<S>, Value, false>

const declare = (spelling: string, description: string, completion: Completion = []) => {
  return { spelling, description, completion }
}

/** With one value: the last that is typed. */
export const text: Declare<string> = declare
/** May be repeated: every value that is typed. */
export const list: Declare<readonly string[]> = declare
/** `--dry-run=client`, or `--dry-run` alone, which is true. */
export const optional: Declare<string | true> = declare

/** A text with a default. */
export function textOr<const S extends string>(
  spelling: S,
  initial: string,
  description: string,
  completion?: Completion
): Flag<KeyOf<S>, string, true> {
  return { ...declare(spelling, description, completion), initial }
}

/** `-n, --field-manager <name>` -> `fieldManager`, as commander names it. */
type KeyOf<S extends string> = S extends `${string}--${infer Long}` ? Camel<Positive<FirstWord<Long>>> : never
type FirstWord<S extends string> = S extends `${infer Word} ${string}` ? Word : S
type Positive<S extends string> = S extends `no-${infer Rest}` ? Rest : S
type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S
