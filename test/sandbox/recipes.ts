// What goes into each of the sandbox's images, beside its Dockerfile in images/; builds nothing.
import { readFileSync } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { run } from './command.ts'
import type { IstioFiles } from './downloads.ts'
import type { Session } from './session.ts'
import type { GoProgramName } from './programs.ts'
import { DEBIAN, ENVOY, HTTPBIN, ISTIO } from './versions.ts'

/** What is downloaded rather than built. */
export interface Ingredients {
  envoy: string
  istio: IstioFiles
}

export interface Recipe {
  name: string
  tag: string
  /** The name of the recipe that it starts from. */
  from?: string
  buildArgs?: Readonly<Record<string, string>>
  /** Those that are copied into it. */
  programs?: readonly GoProgramName[]
  /** All else that its content depends on, beside its Dockerfile and its base. */
  inputs?: readonly string[]
  fill?(folder: string, ingredients: Ingredients, session: Session): Promise<void>
}

const DEBIAN_PACKAGES = 'python3,curl,ca-certificates,iptables,iproute2'
const PYTHON_PACKAGES = [`httpbin==${HTTPBIN.httpbin}`, `gunicorn==${HTTPBIN.gunicorn}`]
const GUNICORN = '#!/bin/sh\nexec python3 -m gunicorn "$@"\n'
const node = dirname(createRequire(import.meta.url).resolve('node/package.json'))

export const NODE_IMAGE = 'localhost/node:24'
/** What the applications under test run in. */
export const APPLICATION_IMAGE = 'localhost/httpbin:sandbox'

/** A recipe comes after the one that it starts from. */
export const RECIPES: readonly Recipe[] = [
  {
    name: 'debian',
    tag: 'localhost/debian:sandbox',
    inputs: [DEBIAN.release, DEBIAN_PACKAGES],
    async fill(folder, _, { place, signal }) {
      await run(
        'mmdebstrap',
        ['--variant=minbase', `--include=${DEBIAN_PACKAGES}`, DEBIAN.release, join(folder, 'debian.tar')],
        {
          contained: `${folder}.private`,
          env: { TMPDIR: folder },
          log: join(place.logs, 'image-debian.log'),
          signal
        }
      )
    }
  },
  {
    name: 'pause',
    tag: 'localhost/pause:sandbox',
    inputs: ['catatonit'],
    fill: (folder) => copyFile('/usr/bin/catatonit', join(folder, 'catatonit'))
  },
  {
    name: 'httpbin',
    tag: APPLICATION_IMAGE,
    from: 'debian',
    inputs: [...PYTHON_PACKAGES, GUNICORN],
    async fill(folder, _, { place, signal }) {
      const target = ['--target', join(folder, 'python'), '--python-version', DEBIAN.python, '--only-binary=:all:']
      const platform = ['--platform', 'manylinux2014_x86_64', '--platform', 'manylinux_2_28_x86_64']
      await run('python3', ['-m', 'pip', 'install', '--quiet', ...target, ...platform, ...PYTHON_PACKAGES], {
        log: join(place.logs, 'image-httpbin.log'),
        signal
      })
      await writeFile(join(folder, 'gunicorn'), GUNICORN)
    }
  },
  {
    name: 'coredns',
    tag: 'localhost/coredns:sandbox',
    programs: ['coredns']
  },
  {
    name: 'pilot',
    tag: 'localhost/istio/pilot:sandbox',
    from: 'debian',
    programs: ['pilot-discovery']
  },
  {
    name: 'proxyv2',
    tag: 'localhost/istio/proxyv2:sandbox',
    from: 'debian',
    buildArgs: { ISTIO_RELEASE: ISTIO.release },
    programs: ['pilot-agent'],
    inputs: [ENVOY, ISTIO.release],
    async fill(folder, { envoy, istio }) {
      await copyFile(envoy, join(folder, 'envoy'))
      await copyFile(istio.bootstrap, join(folder, 'envoy_bootstrap.json'))
    }
  },
  {
    name: 'node',
    tag: NODE_IMAGE,
    from: 'debian',
    inputs: [nodeVersion()],
    fill: (folder) => copyFile(join(node, 'bin/node'), join(folder, 'node'))
  }
]

function nodeVersion(): string {
  const { version } = JSON.parse(readFileSync(join(node, 'package.json'), 'utf8')) as { version: string } // npm's own field
  return version
}
