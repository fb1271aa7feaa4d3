// Node as npm carries it: a package for each platform, with the program and its licence inside.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import packageJson from '../package.json' with { type: 'json' }

/** The first version that `engines` allows, `22.21`. */
export const OLDEST_NODE = /\d+\.\d+/.exec(packageJson.engines.node)![0]

/** That of the archives: the newest that npm carries for all platforms. */
export const ARCHIVE_NODE = '26.10.0'

/** Its folder below `work`, with LICENSE and bin/; downloaded once. */
export function unpackNode(name: string, version: string, work: string): string {
  const folder = join(work, `${name}-${version}`)
  if (existsSync(join(folder, 'package'))) return join(folder, 'package')
  mkdirSync(folder, { recursive: true })
  const packed = execFileSync('npm', ['pack', `${name}@${version}`, '--silent'], { cwd: folder, encoding: 'utf8' })
  execFileSync('tar', ['--extract', '--gzip', '--file', packed.trim()], { cwd: folder })
  rmSync(join(folder, packed.trim()))
  return join(folder, 'package')
}
