// The `oidc` auth provider of a kubeconfig: its id-token, refreshed when it has expired. The new tokens are written
// back, as kubectl does: identity providers that rotate refresh tokens would otherwise lock kubectl out.
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { bearer, type Expiring } from './credential.ts'
import { UserError } from '../io/errors.ts'
import type { Io } from '../io/io.ts'
import { saveUserTokens, type UserOrigin } from '../kubeconfig/kubeconfig-write.ts'
import { makeAgent } from './agent.ts'
import { material, trustOnly } from './trust.ts'

export type OidcConfig = Readonly<Record<string, string>>

export async function oidcToken(config: OidcConfig, origin: UserOrigin | undefined, by: By): Promise<Expiring> {
  const stored = config['id-token'] ? expiry(config['id-token']) : undefined
  // A token about to expire is as good as expired, as client-go has it.
  if (config['id-token'] && stored && stored.getTime() > Date.now() + 10_000) {
    return { credentials: bearer(config['id-token']), expires: stored }
  }
  const tokens = await refresh(config, by)
  const changed = Object.fromEntries(Object.entries(tokens).filter(([key, token]) => config[key] !== token))
  if (origin) await saveUserTokens(origin, changed)
  const expires = expiry(tokens['id-token'])
  return { credentials: bearer(tokens['id-token']), ...(expires && { expires }) }
}

async function refresh(config: OidcConfig, by: By): Promise<{ 'id-token': string; 'refresh-token': string }> {
  const { 'idp-issuer-url': issuer, 'client-id': clientId, 'refresh-token': token } = config
  if (!issuer || !clientId) throw new UserError('Must provide idp-issuer-url and client-id')
  if (!token) throw new UserError('No valid id-token, and cannot refresh without refresh-token')
  const way = { tls: trustOnly(await material(config, 'idp-certificate-authority')), ...by }
  const discovered = await call(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, way)
  const answer = await redeem(String(discovered.token_endpoint), way, config)
  const { id_token: idToken, refresh_token: rotated } = answer
  if (typeof idToken !== 'string') throw new UserError('token response did not contain an id_token')
  return { 'id-token': idToken, 'refresh-token': typeof rotated === 'string' ? rotated : token }
}

interface By {
  readonly env: Io['env']
  readonly signal: AbortSignal
}

interface Way extends By {
  readonly tls: https.AgentOptions
}

/** As Go's oauth2: the client names itself in the header, and only to a provider that does not take that, in the form. */
async function redeem(url: string, way: Way, config: OidcConfig): Promise<Record<string, unknown>> {
  const { 'client-id': clientId = '', 'client-secret': secret = '', 'refresh-token': token = '' } = config
  const form = { grant_type: 'refresh_token', refresh_token: token }
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64')
  try {
    return await call(url, way, { form, headers: { authorization: `Basic ${basic}` } })
  } catch {
    return call(url, way, { form: { ...form, client_id: clientId, ...(secret && { client_secret: secret }) } })
  }
}

/** One JSON exchange with the identity provider: a GET, or a POST of a form. */
async function call(
  url: string,
  { tls, env, signal }: Way,
  post?: { readonly form: Readonly<Record<string, string>>; readonly headers?: http.OutgoingHttpHeaders }
): Promise<Record<string, unknown>> {
  const refusal = (why: string) => new UserError(`failed to refresh token: ${url}: ${why}`)
  const agent = makeAgent(new URL(url), undefined, tls, env)
  const body = post && new URLSearchParams(post.form).toString()
  const request = (url.startsWith('http:') ? http : https).request(url, {
    agent,
    signal,
    ...tls,
    method: post ? 'POST' : 'GET',
    headers: post ? { 'content-type': 'application/x-www-form-urlencoded', ...post.headers } : {}
  })
  try {
    request.end(body)
    const [response] = (await once(request, 'response')) as [http.IncomingMessage] // the event's one argument
    const answer = await text(response)
    if (response.statusCode !== 200) throw refusal(`${response.statusCode} ${response.statusMessage}: ${answer}`)
    return JSON.parse(answer) as Record<string, unknown> // read field by field
  } catch (error) {
    if (error instanceof UserError) throw error
    throw refusal(error instanceof SyntaxError ? 'its response is not JSON' : (error as Error).message)
  } finally {
    agent.destroy()
  }
}

/** Not verified: that is the API server's part. */
function expiry(token: string): Date | undefined {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp?: unknown }
    return typeof payload.exp === 'number' ? new Date(payload.exp * 1000) : undefined
  } catch {
    return undefined
  }
}
