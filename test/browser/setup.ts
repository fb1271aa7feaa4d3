// Before the browser tests: Debian's Chromium is installed where it is missing (root).
import type { TestProject } from 'vitest/node'
import { installChromium } from '../sandbox/chromium.ts'
import { placeOf } from '../sandbox/place.ts'
import { Progress } from '../sandbox/progress.ts'

export default async function setup(project: TestProject): Promise<void> {
  const signal = new AbortController().signal
  const launch = await installChromium({
    place: placeOf(process.env),
    progress: new Progress(process.stderr),
    signal
  })
  project.provide('launch', launch)
}

declare module 'vitest' {
  interface ProvidedContext {
    launch: { executablePath: string; args: string[] }
  }
}
