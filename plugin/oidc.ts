// The `oidc` auth provider of a kubeconfig: its id-token, refreshed when it has expired. The new tokens are written
// back, as kubectl does: identity providers that rotate refresh tokens would otherwise lock kubectl out.
import { readFile } from 'node:fs/promises'
import * as http from 'node:http'
import * as https from 'node:https'
import { bearer, type Expiring } from './credentials.ts'
import { UserError } from './errors.ts'
import { saveUserTokens, type UserOrigin } from './kubeconfig-write.ts'

export type OidcConfig = Readonly<Record<string, string>>

export async function oidcToken(config: OidcConfig, origin: UserOrigin | undefined): Promise<Expiring> {
  const stored = config['id-token'] ? expiry(config['id-token']) : undefined
  // A token about to expire is as good as expired, as client-go has it.
  if (config['id-token'] && stored && stored.getTime() > Date.now() + 10_000) {
    return { credentials: bearer(config['id-token']), expires: stored }
  }
  const tokens = await refresh(config)
  if (origin) await saveUserTokens(origin, tokens)
  const expires = expiry(tokens['id-token'])
  return { credentials: bearer(tokens['id-token']), ...(expires && { expires }) }
}

async function refresh(config: OidcConfig): Promise<{ 'id-token': string; 'refresh-token': string }> {
  const { 'idp-issuer-url': issuer, 'client-id': clientId, 'refresh-token': token } = config
  if (!issuer || !clientId) throw new UserError('Must provide idp-issuer-url and client-id')
  if (!token) throw new UserError('No valid id-token, and cannot refresh without refresh-token')
  const ca = await authority(config)
  const discovered = await call(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, ca)
  const answer = await call(String(discovered.token_endpoint), ca, {
    grant_type: 'refresh_token',
    refresh_token: token,
    client_id: clientId,
    client_secret: config['client-secret'] ?? ''
  })
  const { id_token: idToken, refresh_token: rotated } = answer
  if (typeof idToken !== 'string') throw new UserError('token response did not contain an id_token')
  return { 'id-token': idToken, 'refresh-token': typeof rotated === 'string' ? rotated : token }
}

async function authority(config: OidcConfig): Promise<Buffer | undefined> {
  const { 'idp-certificate-authority-data': data, 'idp-certificate-authority': file } = config
  if (data) return Buffer.from(data, 'base64')
  return file ? readFile(file) : undefined
}

/** One JSON exchange with the identity provider: a GET, or a POST of a form. */
function call(url: string, ca: Buffer | undefined, form?: Record<string, string>): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const body = form && new URLSearchParams(form).toString()
    const refuse = (why: string) => reject(new UserError(`failed to refresh token: ${url}: ${why}`))
    const request = (url.startsWith('http:') ? http : https).request(
      url,
      {
        ...(ca && { ca }),
        method: body === undefined ? 'GET' : 'POST',
        headers: body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => {
          if (response.statusCode !== 200) return refuse(`${response.statusCode} ${response.statusMessage}: ${text}`)
          try {
            resolve(JSON.parse(text) as Record<string, unknown>)
          } catch {
            refuse('its answer is not JSON')
          }
        })
      }
    )
    request.on('error', (error) => refuse(error.message))
    request.end(body)
  })
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
