#!/usr/bin/env node
// Completion: kubectl runs `kubectl_complete-mirror` with the words typed so far.
import { start } from './start.ts'

await start(['__complete', ...process.argv.slice(2)])
