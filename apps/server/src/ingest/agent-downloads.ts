/** What the agent port hands out: the script that installs an agent, packages, and their signed statements. None of it is secret. */
import { createReadStream } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { installScriptPath, type PackageStatement, packageArchitectures, packagesPath } from '@rampart/api'
import type { AgentPackage, AgentPackages } from '../agent-packages.ts'
import { installScript } from './install-script.ts'
import type { ReleaseKey } from './release-key.ts'

/** A package is some tens of megabytes: so many go out at a time, others are told to come back. */
const downloadsMax = 16

export interface DownloadParts {
  packages: AgentPackages
  releaseKey: ReleaseKey
  /** `sha256//…` of the server certificate's key, as curl takes it. */
  pin: string
}

export class AgentDownloads {
  readonly #parts: DownloadParts
  #running = 0

  constructor(parts: DownloadParts) {
    this.#parts = parts
  }

  /** False when the request is not for any of this. `host` is as the other end reaches this port. */
  async answer(request: IncomingMessage, response: ServerResponse, host: string): Promise<boolean> {
    if (request.method !== 'GET' || request.url === undefined) return false
    const url = new URL(request.url, 'https://localhost')
    if (url.pathname === installScriptPath) await this.#script(response, host)
    else if (url.pathname === `${packagesPath}/latest`) await this.#statement(url, response)
    else if (url.pathname.startsWith(`${packagesPath}/`))
      await this.#package(url.pathname.slice(packagesPath.length + 1), response)
    else return false
    return true
  }

  async #script(response: ServerResponse, host: string): Promise<void> {
    const found = await Promise.all(packageArchitectures.map((one) => this.#parts.packages.latest(one)))
    const packages = found.filter((one) => one !== null)
    if (packages.length === 0) return none(response)
    const text = installScript({ origin: `https://${host}`, pin: this.#parts.pin, packages })
    response.writeHead(200, { 'content-type': 'text/x-shellscript; charset=utf-8', connection: 'close' }).end(text)
  }

  async #statement(url: URL, response: ServerResponse): Promise<void> {
    const architecture = packageArchitectures.find((one) => one === url.searchParams.get('architecture'))
    const found = architecture === undefined ? null : await this.#parts.packages.latest(architecture)
    if (found === null) return none(response)
    const signed = this.#parts.releaseKey.sign(statementOf(found))
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(signed))
  }

  async #package(file: string, response: ServerResponse): Promise<void> {
    const found = await this.#parts.packages.byFile(file)
    if (found === null) return none(response)
    if (this.#running >= downloadsMax) {
      response.writeHead(503, { 'retry-after': '30', connection: 'close' }).end('Too many downloads. Try again.\n')
      return
    }
    this.#running++
    try {
      const headers = { 'content-type': 'application/gzip', 'content-length': found.sizeBytes, connection: 'close' }
      response.writeHead(200, headers)
      await pipeline(createReadStream(found.path, { end: found.sizeBytes - 1 }), response)
    } catch {
      // The other end went away, or the file did: the checksum there tells.
      response.destroy()
    } finally {
      this.#running--
    }
  }
}

export function statementOf({ file, version, architecture, sha256, sizeBytes }: AgentPackage): PackageStatement {
  return { file, version, architecture, sha256, sizeBytes }
}

function none(response: ServerResponse): void {
  const message = 'This server has no package of the agent. Run make agent-package on it.'
  response
    .writeHead(404, { 'content-type': 'application/json', connection: 'close' })
    .end(JSON.stringify({ code: 'package.none', message }))
}
