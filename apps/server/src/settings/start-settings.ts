/** Settings as the server takes them at its start: options first, then rampart.yml, then the defaults. */
import { join, resolve } from 'node:path'
import { type SettingName, type SettingValue, settings } from '@rampart/policy'
import type { SessionLimits } from '../api/sessions.ts'
import type { ArchiveLimits } from '../archive/segment-archive.ts'
import { fail, ok, type Result, type StartError } from '../errors.ts'
import { type ListenAddress, parseListenAddress } from '../listen-address.ts'
import type { ServerOptions } from '../options.ts'
import type { Settings } from './settings.ts'
import { readSettingsFile, type SettingsFile } from './settings-file.ts'

export interface StartSettings {
  /** The options that were given, with what the file says of the rest. */
  options: ServerOptions
  listen: ListenAddress
  agentListen: ListenAddress
  path: string
  file: SettingsFile
}

export function readStartSettings(given: ServerOptions): Result<StartSettings> {
  const path = resolve(given.settingsFile ?? join(given.stateDirectory, 'rampart.yml'))
  const read = readSettingsFile(path, given.settingsFile !== undefined)
  if (!read.ok)
    return fail<StartError>({
      code: 'settings.invalid',
      message: `The settings file cannot be used; nothing was started.\n${read.error.map(({ place, code, message }) => `  ${place} ${code} ${message}`).join('\n')}`,
    })
  const file = read.value
  const get = <Name extends SettingName>(name: Name) =>
    (file.get(name)?.value ?? settings[name].default) as SettingValue<Name>
  const listen = parseListenAddress(given.listen ?? get('server.listen'))
  if (!listen.ok) return listen
  const agentListen = parseListenAddress(given.agentListen ?? get('server.agentListen'))
  if (!agentListen.ok) return agentListen
  const [certificateFile, keyFile] = [get('server.tlsCertificate'), get('server.tlsKey')]
  if ((certificateFile === '') !== (keyFile === ''))
    return fail<StartError>({
      code: 'settings.invalid',
      message: `${path}: server.tlsCertificate and server.tlsKey belong together. Set both or none.`,
    })
  return ok({
    options: {
      ...given,
      names: given.names ?? get('server.names'),
      tls: given.tls ?? (certificateFile === '' ? undefined : { certificateFile, keyFile }),
      logLevel: given.logLevel ?? get('server.logLevel'),
    },
    listen: listen.value,
    agentListen: agentListen.value,
    path,
    file,
  })
}

/** How long sessions last. */
export function sessionLimits(settings: Settings): SessionLimits {
  return {
    idleMs: settings.get('sessions.idleMinutes') * 60_000,
    longestMs: settings.get('sessions.longestHours') * 3_600_000,
    rotateMs: settings.get('sessions.rotateMinutes') * 60_000,
  }
}

const gigabyte = 1024 ** 3
const dayMs = 24 * 3_600_000

/** Bounds of the event archive. */
export function archiveLimits(
  settings: Settings,
  { retention }: Pick<ServerOptions, 'retention'>,
): Pick<ArchiveLimits, 'maxBytes' | 'maxAgeMs'> {
  return {
    maxBytes: retention?.maxBytes ?? settings.get('retention.eventGigabytes') * gigabyte,
    maxAgeMs: retention?.maxAgeMs ?? settings.get('retention.eventDays') * dayMs,
  }
}
