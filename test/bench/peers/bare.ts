// The floor: node:https alone. Parses each review, which no webhook is spared, and answers the same bytes whatever it is.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

const [folder, port] = process.argv.slice(2)
const answer = readFileSync(`${folder}/answer.json`)
const tls = { cert: readFileSync(`${folder}/tls.crt`), key: readFileSync(`${folder}/tls.key`) }

const server = createServer(tls, (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString('utf8'))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer)
  })
})
server.keepAliveTimeout = 100_000
server.listen(Number(port), '127.0.0.1')
