/** What a server is started with, and what a running one offers. */
import type { Result, StartError } from './errors.ts'
import type { Reloaded } from './settings/settings.ts'
import type { SettingsIssue } from './settings/settings-file.ts'

export interface ServerOptions {
  /** Everything the server keeps; made with mode 0700 when it is missing. */
  stateDirectory: string
  /** The settings file. Default: `rampart.yml` in the state directory, which may be missing. */
  settingsFile?: string
  /** What follows comes before the settings file. Console and API; port 0 takes a free one. Default: `server.listen`. */
  listen?: string
  /** Port of agents, always TLS. Default: `server.agentListen`. */
  agentListen?: string
  /** Folder of threat detection models. Default: the shipped ones. */
  modelsDirectory?: string
  /** Folders of indicator lists. Default: the shipped ones. */
  indicatorDirectories?: readonly string[]
  /** Packages of the agent to hand out. Default: build/agent-package, where `make agent-package` puts them. */
  agentPackagesDirectory?: string
  /** The built console (with index.html). Default: apps/console/dist. */
  consoleDirectory?: string
  /** DNS names and addresses of this server, for its certificates and the check of the Host header. */
  names?: readonly string[]
  /** Certificate and key of the console (PEM files) instead of one of the own authority. */
  tls?: { certificateFile: string; keyFile: string }
  /** An agent that is silent for longer raises an alert, ms. Default: `agents.silentAfterSeconds`. */
  silentAfterMs?: number
  /** How often agents report their health, ms. Default 10,000. */
  heartbeatMs?: number
  /** Bounds of the event archive. Default: `retention.*`. */
  retention?: { maxBytes?: number; maxAgeMs?: number }
  /** Bounds of the search process: memory of DuckDB, its threads, and its room on disk. Default 256 MB, 2, 1,024 MB. */
  search?: { memoryMb?: number; threads?: number; temporaryMb?: number; fileRows?: number }
  /** Detection threads, each with its part of the assets; 0: in the main thread. Default: a core less than there are. */
  detectionWorkers?: number
  /** How often the state of the detector is written down, ms. Default 60,000. */
  checkpointMs?: number
  /** How often what is past its time goes, ms. Default 60,000. */
  sweepMs?: number
  /** Requests that one address may send in a minute. Default 1,200. */
  requestsPerMinute?: number
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
  /** Reads the settings file again; refused whole when anything is wrong with it. */
  reloadSettings(): Result<Reloaded, SettingsIssue[]>
  /** Takes nothing new, stores what was received, and closes. */
  stop(): Promise<void>
}

/** `ok: false` has a code and a sentence that says what to do. */
export type StartedServer = RunningServer | { ok: false; error: StartError }
