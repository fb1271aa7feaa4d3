// Node's http and https. An import of either evaluates every export of http, among them its WebSocket, and so loads
// undici: 20 ms of each command's 100. Fetched this way they load what is used.
import type * as Http from 'node:http'
import type * as Https from 'node:https'
import type * as Zlib from 'node:zlib'

export const http: typeof Http = process.getBuiltinModule('node:http')
export const https: typeof Https = process.getBuiltinModule('node:https')
export const zlib: typeof Zlib = process.getBuiltinModule('node:zlib')

export type { Http, Https }
