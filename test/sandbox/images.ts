// The sandbox's own images as archives, each cached by a key of what goes into it; knows nothing of the cluster.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { programKey, programPath } from './build.ts'
import { type BaseImage, buildImage, saveImage } from './buildah.ts'
import { cached, dropOthers, inScratch } from './cache.ts'
import type { Place } from './place.ts'
import type { Say } from './progress.ts'
import { type Ingredients, NODE_IMAGE, RECIPES, type Recipe } from './recipes.ts'
import type { Session } from './session.ts'

/** From these others are built; no pod runs them. */
const BASES = new Set(['debian', 'node'])

export interface ImageArchive extends BaseImage {
  isBase: boolean
}

/** Those that need no program of Go's are built while there is none yet. */
export async function buildImages(
  which: 'without programs' | 'all',
  ingredients: Ingredients,
  session: Session,
  say: Say
): Promise<ImageArchive[]> {
  const recipes = RECIPES.filter(({ programs }) => which === 'all' || programs === undefined)
  for (const [index, recipe] of recipes.entries()) {
    say(`${recipe.name}, ${index + 1} of ${recipes.length}`)
    await build(recipe, ingredients, session)
  }
  return recipes.map((recipe) => imageOf(recipe, session.place))
}

/** Tell these images from others, without having them. */
export function imageKeys(): string[] {
  return RECIPES.map(keyOf)
}

/** The base of the webhook's Dockerfile. */
export function nodeBase(place: Place): BaseImage {
  const recipe = RECIPES.find(({ tag }) => tag === NODE_IMAGE)
  if (recipe === undefined) throw new Error(`no recipe makes ${NODE_IMAGE}`)
  return imageOf(recipe, place)
}

/** Saves what buildah has under this tag; `key` names its content. */
export async function cacheImage(tag: string, kind: string, key: string, session: Session): Promise<string> {
  const entry = await cached(session, `${kind}-${key}`, (folder) => saveImage(tag, join(folder, 'image.tar'), session))
  await dropOthers(session.place.cache, kind, `${kind}-${key}`)
  return join(entry, 'image.tar')
}

function imageOf(recipe: Recipe, { cache }: Place): ImageArchive {
  const key = keyOf(recipe)
  const archive = join(cache, `${kindOf(recipe)}-${key}`, 'image.tar')
  return { tag: recipe.tag, key, archive, isBase: BASES.has(recipe.name) }
}

async function build(recipe: Recipe, ingredients: Ingredients, session: Session): Promise<void> {
  const { cache } = session.place
  const { tag, buildArgs = {} } = recipe
  const base = RECIPES.find(({ name }) => name === recipe.from)
  const name = `${kindOf(recipe)}-${keyOf(recipe)}`
  await cached(session, name, (folder) =>
    inScratch(cache, async (scratch) => {
      const context = join(scratch, 'context')
      await mkdir(context)
      for (const program of recipe.programs ?? []) {
        await copyFile(programPath(program, session.place), join(context, program))
      }
      await recipe.fill?.(context, ingredients, session)
      const source = { context, dockerfile: dockerfileOf(recipe), tag, buildArgs }
      await buildImage(source, base === undefined ? undefined : imageOf(base, session.place), session)
      await saveImage(tag, join(folder, 'image.tar'), session)
      await dropOthers(cache, kindOf(recipe), name)
    })
  )
}

function keyOf({ programs = [], inputs = [], from, buildArgs = {}, ...recipe }: Recipe): string {
  const base = RECIPES.find(({ name }) => name === from)
  const dockerfile = readFileSync(dockerfileOf(recipe), 'utf8')
  const own = [...programs.map(programKey), ...inputs]
  const content = JSON.stringify([dockerfile, own, buildArgs, base === undefined ? '' : keyOf(base)])
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}

function kindOf({ name }: { name: string }): string {
  return `image-${name}`
}

function dockerfileOf({ name }: { name: string }): string {
  return join(import.meta.dirname, 'images', `${name}.Dockerfile`)
}
