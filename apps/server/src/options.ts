/** What a server is started with, and what a running one offers. */
import type { StartError } from './errors.ts'

export interface ServerOptions {
  /** Everything the server keeps; made with mode 0700 when it is missing. */
  stateDirectory: string
  /** Console and API. Loopback gets plain HTTP, anything else TLS. Default 127.0.0.1:7350; port 0 takes a free one. */
  listen?: string
  /** Port of agents, always TLS. Default 127.0.0.1:7351. */
  agentListen?: string
  /** Folder of threat detection models. Default: the shipped ones. */
  modelsDirectory?: string
  /** Folders of indicator lists. Default: the shipped ones. */
  indicatorDirectories?: readonly string[]
  /** The built console (with index.html). Default: apps/console/dist. */
  consoleDirectory?: string
  /** DNS names and addresses of this server, for its certificates and the check of the Host header. */
  names?: readonly string[]
  /** Certificate and key of the console (PEM files) instead of one of the own authority. */
  tls?: { certificateFile: string; keyFile: string }
  /** An agent that is silent for longer raises an alert, ms. Default 45,000. */
  silentAfterMs?: number
  /** How often agents report their health, ms. Default 10,000. */
  heartbeatMs?: number
  /** Bounds of the event archive. Default 8 GiB and 30 days. */
  retention?: { maxBytes?: number; maxAgeMs?: number }
  /** How often the state of the detector is written down, ms. Default 60,000. */
  checkpointMs?: number
  /** Lets /metrics be read from other machines with `Authorization: Bearer`. */
  metricsToken?: string
  /** Where the log goes: a file, `stderr`, or `none`. Default `stderr`. */
  log?: string
  logLevel?: 'debug' | 'info' | 'warn' | 'error'
}

export interface RunningServer {
  ok: true
  version: string
  /** Where the console is, e.g. `http://127.0.0.1:7350`. */
  consoleUrl: string
  /** Where agents connect, e.g. `https://127.0.0.1:7351`. */
  agentUrl: string
  /** The first administrator as long as nobody has signed in; its password works once and has to be changed. */
  firstUser: { name: string; password: string } | null
  models: { loaded: number; refused: number }
  /** What was done at the start to make an unclean end good. */
  recovered: { batches: number; completed: number; tornBytes: number }
  /** A token for agents; `server` (https origin) is where they will look for this server, by default `agentUrl`. */
  createEnrolmentToken(request?: { uses?: number; minutes?: number; server?: string }): {
    token: string
    expiresAt: number
  }
  /** Takes nothing new, stores what was received, and closes. */
  stop(): Promise<void>
}

/** `ok: false` has a code and a sentence that says what to do. */
export type StartedServer = RunningServer | { ok: false; error: StartError }
