/** A package from the server: its signed statement first, then bytes that are held against it while they arrive. */
import { createHash } from 'node:crypto'
import { createWriteStream, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { packagesPath } from '@rampart/api'
import { type Trust, timeoutMs } from '../identity/ask-server.ts'
import { type Verified, verifyStatement } from './statement.ts'

export type Fetched = Verified | { ok: false; code: `upgrade.${string}`; message: string }

const statementLimitBytes = 16 * 1024
const architecture = process.arch

/** Asks for the newest package for this machine. */
export async function fetchStatement(server: URL, trust: Trust, releaseKey: string): Promise<Fetched> {
  const url = new URL(`${packagesPath}/latest?architecture=${architecture}`, server)
  try {
    const response = await get(url, trust)
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk
      if (text.length > statementLimitBytes) throw new Error('the answer is too long')
    }
    if (response.statusCode === 404)
      return {
        ok: false,
        code: 'upgrade.no-package',
        message: `the server has no package for ${architecture}: run make agent-package there, or give one with --from`,
      }
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
    return verifyStatement(text, releaseKey)
  } catch (error) {
    return { ok: false, code: 'upgrade.unreachable', message: `${server.host}: ${(error as Error).message}` }
  }
}

/** Fetches the bytes of a package into a file. Returns why not, or undefined. */
export async function fetchPackage(
  server: URL,
  trust: Trust,
  { file, sha256, sizeBytes }: { file: string; sha256: string; sizeBytes: number },
  path: string,
): Promise<string | undefined> {
  const hash = createHash('sha256')
  let received = 0
  try {
    const response = await get(new URL(`${packagesPath}/${file}`, server), trust)
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
    await pipeline(
      response,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          received += chunk.length
          if (received > sizeBytes) throw new Error('it is longer than its statement says')
          hash.update(chunk)
          yield chunk
        }
      },
      createWriteStream(path, { mode: 0o600 }),
    )
    if (hash.digest('hex') !== sha256) throw new Error('its checksum is not the one that was signed')
    return undefined
  } catch (error) {
    rmSync(path, { force: true })
    return (error as Error).message
  }
}

function get(url: URL, trust: Trust): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'GET', ...trust, timeout: timeoutMs, agent: false }, resolve)
    call.once('timeout', () => call.destroy(new Error('no answer')))
    call.once('error', reject)
    call.end()
  })
}
