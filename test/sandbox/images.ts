// The sandbox's own images as archives, each cached by a key of what goes into it; knows nothing of the cluster.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type BaseImage, buildImage, saveImage } from './buildah.ts'
import { dropOthers, inScratch } from './cache.ts'
import type { Place } from './place.ts'
import type { Say } from './progress.ts'
import { type Ingredients, NODE_IMAGE, RECIPES, type Recipe } from './recipes.ts'
import type { Session } from './session.ts'

/** Only the nodes' own: debian and node are bases, which no pod runs. */
const BASES = new Set(['debian', 'node'])

export interface ImageArchive extends BaseImage {
  isBase: boolean
}

export async function buildImages(ingredients: Ingredients, session: Session, say: Say): Promise<ImageArchive[]> {
  const images = imageArchives(session.place)
  await mkdir(imagesFolder(session.place), { recursive: true })
  for (const [n, recipe] of RECIPES.entries()) {
    const image = images[n]
    if (image === undefined || existsSync(image.archive)) continue
    say(`${recipe.name}, ${n + 1} of ${RECIPES.length}`)
    await build(recipe, image, images, ingredients, session)
  }
  return images
}

/** What there is to have, built or not: the key is of what goes in, not of what came out. */
export function imageArchives(place: Place): ImageArchive[] {
  return RECIPES.map((recipe) => {
    const key = keyOf(recipe)
    return {
      tag: recipe.tag,
      key,
      archive: join(imagesFolder(place), `${recipe.name}-${key}.tar`),
      isBase: BASES.has(recipe.name)
    }
  })
}

/** The base of the webhook's Dockerfile. */
export function nodeBase(place: Place): BaseImage {
  const base = imageArchives(place).find(({ tag }) => tag === NODE_IMAGE)
  if (base === undefined) throw new Error(`no recipe makes ${NODE_IMAGE}`)
  return base
}

export function imagesFolder(place: Place): string {
  return join(place.cache, 'images')
}

async function build(
  recipe: Recipe,
  image: ImageArchive,
  images: readonly ImageArchive[],
  ingredients: Ingredients,
  session: Session
): Promise<void> {
  await inScratch(session.place.cache, async (scratch) => {
    const context = join(scratch, 'context')
    await mkdir(context)
    await recipe.fill(context, ingredients, session)
    const base = images[RECIPES.findIndex(({ name }) => name === recipe.from)]
    const { tag, buildArgs = {} } = recipe
    await buildImage({ context, dockerfile: dockerfileOf(recipe), tag, buildArgs }, base, session)
    const archive = join(scratch, 'image.tar')
    await saveImage(tag, archive, session)
    await rename(archive, image.archive)
  })
  await dropOthers(imagesFolder(session.place), new RegExp(`^${recipe.name}-[0-9a-f]+\\.tar$`), image.archive)
}

function keyOf({ inputs, from, buildArgs, ...recipe }: Recipe): string {
  const base = RECIPES.find(({ name }) => name === from)
  const dockerfile = readFileSync(dockerfileOf(recipe), 'utf8')
  const content = JSON.stringify([dockerfile, inputs, buildArgs ?? {}, base === undefined ? '' : keyOf(base)])
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}

function dockerfileOf({ name }: { name: string }): string {
  return join(import.meta.dirname, 'images', `${name}.Dockerfile`)
}
