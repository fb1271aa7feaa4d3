// Asks the webhook one hostile review after the other, and stops at the first wrong answer. `npm run fuzz`:
//   npm run fuzz -- [--cases=200000] [--seed=SEED] [--from=INDEX]
import { parseArgs } from 'node:util'
import { ask } from './ask.ts'

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '200000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
    from: { type: 'string', default: '0' }
  }
})
const [cases, seed, from] = [Number(values.cases), Number(values.seed), Number(values.from)]
console.log(`seed ${seed}, ${cases} cases; again from one of them: npm run fuzz -- --seed=${seed} --from=INDEX`)
const began = Date.now()
const { most } = await ask({
  seed,
  from,
  cases,
  progress(done, worst) {
    const minutes = ((Date.now() - began) / 60_000).toFixed(1)
    console.log(
      `${done} of ${cases}, ${minutes} min; at most ${worst.cpu.toFixed(0)} ms, ${worst.resident.toFixed(0)} MiB`
    )
  }
})
console.log(
  `all of ${cases} held: at most ${most.cpu.toFixed(0)} ms of processor time and ${most.resident.toFixed(0)} MiB`
)
