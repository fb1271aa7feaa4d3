#!/usr/bin/env node
// `kubectl mirror`: kubectl runs `kubectl-mirror` with what was typed behind it.
import { start } from './start.ts'

await start(process.argv.slice(2))
