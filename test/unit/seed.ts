// In CI the properties run on the same cases each time: a change is judged by what it changed. Elsewhere they look for new ones.
import fc from 'fast-check'

if (process.env['CI']) fc.configureGlobal({ seed: 20_261_123 })
