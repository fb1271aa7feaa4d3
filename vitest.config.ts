import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Claims nothing, and is only an end: on a busy machine what takes five seconds alone takes more than a minute. */
const END = 300_000
/** Two more than the cores: many tests wait for a time, or for another program. */
const WORKERS = availableParallelism() + 2
/** Each has an API server to itself, of some 700 MB. */
const API_SERVERS = Math.min(WORKERS, 4)

const E2E = { globalSetup: 'test/e2e/setup.ts', testTimeout: END, hookTimeout: END }
/** What loads the cluster, stops a part of it, or changes the webhook has it to itself. */
const ALONE = [
  'test/e2e/compare/compare.test.ts',
  'test/e2e/http-route/compare.test.ts',
  'test/e2e/faults/faults.test.ts',
  'test/e2e/gates/*.test.ts',
  'test/e2e/logs/follow.test.ts',
  'test/e2e/safety/safety.test.ts',
  ...globSync('test/e2e/*.test.ts', { cwd: import.meta.dirname }).filter(changesWebhook)
]

/** `unit` needs nothing, `apiserver` an etcd and a kube-apiserver (no root), `browser` Chromium (root installs it),
 * `e2e` and `e2e-alone` the sandbox (root). */
export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    // Concurrent cases wait for a time.
    maxConcurrency: 10,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          setupFiles: ['test/unit/seed.ts'],
          testTimeout: END,
          // No file of these changes what another sees, and to load everything anew for each took half of the time.
          isolate: false
        }
      },
      {
        test: {
          name: 'apiserver',
          include: ['test/apiserver/**/*.test.ts'],
          globalSetup: 'test/apiserver/setup.ts',
          testTimeout: END,
          hookTimeout: END,
          maxWorkers: API_SERVERS,
          // As for `unit`: what a file changes on its server it takes back, or keeps in a namespace of its own.
          isolate: false,
          // The built plugin's parts are imported as they are.
          server: { deps: { external: [/\/dist\/plugin\//] } },
          // kubectl and helm end long before their memory is worth collecting, which takes a fifth of their time.
          env: { GOGC: 'off' },
          // Beside the unit tests, which work while these wait. With more workers than servers it is after them: vitest's limit is one
          // for all that run at a time.
          sequence: { groupOrder: WORKERS > API_SERVERS ? 1 : 0 }
        }
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: 'test/browser/setup.ts',
          testTimeout: END
        }
      },
      {
        test: {
          ...E2E,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ALONE,
          // They wait more than they work, each in a namespace of its own.
          maxWorkers: 3,
          sequence: { groupOrder: 2 }
        }
      },
      { test: { ...E2E, name: 'e2e-alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 3 } } },
      { test: { ...E2E, name: 'soak', include: ['test/soak/*.test.ts'], sequence: { groupOrder: 4 } } }
    ]
  }
})

function changesWebhook(file: string): boolean {
  return readFileSync(join(import.meta.dirname, file), 'utf8').includes("from './install.ts'")
}
