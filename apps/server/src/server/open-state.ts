/** Opens what a server keeps: database, authority, settings, models, archive; makes good what an unclean end left. */
import { Database, SqliteAlertStore, SqliteIncidentStore } from '@rampart/alert'
import { shippedIndicators } from '@rampart/models'
import { Sessions } from '../api/sessions.ts'
import { lastStoredPlace } from '../archive/retention.ts'
import { SegmentArchive } from '../archive/segment-archive.ts'
import { sweepStagings } from '../backup/staging.ts'
import { consoleTls } from '../console-tls.ts'
import { DeadLetters } from '../dead-letters.ts'
import { DetectorHost } from '../detection/detector-host.ts'
import { fail, ok, type StartError } from '../errors.ts'
import { Authority } from '../ingest/authority.ts'
import { ReleaseKey } from '../ingest/release-key.ts'
import type { ListenAddress } from '../listen-address.ts'
import { createLog } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import { reachableNames } from '../names.ts'
import type { ServerOptions } from '../options.ts'
import { type Pipeline, recover } from '../pipeline.ts'
import { isOwnRemoval } from '../response/own-removal.ts'
import { TaskStore } from '../response/task-store.ts'
import { joinKubernetesSwitch } from '../settings/kubernetes-switch.ts'
import { Settings } from '../settings/settings.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import { archiveLimits, sessionLimits } from '../settings/start-settings.ts'
import type { StateDirectory } from '../state-directory.ts'
import { notedAuditHead } from '../store/audit-head.ts'
import { commitSafely } from '../store/commit-safely.ts'
import { migrations } from '../store/migrations.ts'
import { People } from '../store/people.ts'
import { Seal, sealStored } from '../store/sealed.ts'
import { SwitchBoard } from '../store/switches.ts'
import { WhitelistBoard } from '../whitelist-board.ts'

/** Where the server is found and what it reads, as options and settings file say. */
export interface Places {
  listen: ListenAddress
  agentListen: ListenAddress
  modelsDirectory: string
  settings: { path: string; file: SettingsFile }
}

export type OpenState = Extract<Awaited<ReturnType<typeof openState>>, { ok: true }>['value'] & { version: string }

/** `undo` gets a step for everything that has to be closed when the start fails later; it is run backwards. */
export async function openState(
  state: StateDirectory,
  options: ServerOptions,
  places: Places,
  undo: (() => unknown)[],
) {
  const now = () => Date.now()
  const opened = Database.open(state.database, migrations)
  if (!opened.ok) return fail<StartError>(opened.error)
  const { database } = opened
  sweepStagings(state.path)
  undo.push(() => database.close())
  const authority = await Authority.open(state.authority, now())
  if (!authority.ok) return authority
  const releaseKey = ReleaseKey.open(state.authority)
  if (!releaseKey.ok) return releaseKey
  const seal = Seal.open(state.path)
  if (!seal.ok) return seal
  // One certificate for both ports, so that neither makes the other's anew.
  const given = options.names ?? []
  const names = [...new Set([places.listen, places.agentListen].flatMap(({ host }) => reachableNames(host, given)))]
  const tls = await consoleTls(options, places.listen, names, authority.value, now())
  if (!tls.ok) return tls

  const log = createLog(options.log ?? 'stderr', options.logLevel ?? 'info')
  const metrics = createMetrics()
  const deadLetters = new DeadLetters(state.deadLetters, metrics, now)
  const alerts = new SqliteAlertStore(database)
  const stored = { commit: commitSafely(alerts, deadLetters), streams: () => alerts.streams() }
  const kept = sealStored(database, seal.value)
  if (kept.lost > 0)
    log.error(
      kept,
      'secrets of one-time codes or notification channels were sealed with another key: restore secrets.key',
    )
  const people = new People(database, seal.value)
  const cut = people.trail.cutOff(notedAuditHead(state.path))
  if (cut !== null) {
    log.error({ cut }, 'the audit trail lacks rows that were there')
    people.record({ at: now(), actor: 'rampart', address: null, action: 'audit.cut-off', detail: { found: cut } })
  }
  const switches = new SwitchBoard(database)
  const whitelist = new WhitelistBoard(database)
  const settings = new Settings(database, places.settings.path, places.settings.file)
  joinKubernetesSwitch(settings, switches)
  const detector = DetectorHost.load(places.modelsDirectory, options.indicatorDirectories ?? [shippedIndicators], {
    workers: options.detectionWorkers,
    onProblem: (message, error) => log.error({ error }, message),
  })
  undo.push(() => detector.stop())
  const archive = await SegmentArchive.open(
    state.archive,
    archiveLimits(settings, options),
    lastStoredPlace(state.searchable),
  )
  undo.push(() => archive.close())
  settings.onChange(['retention.eventDays', 'retention.eventGigabytes'], () =>
    archive.limit(archiveLimits(settings, options)),
  )
  const restored = await detector.restore(state.checkpoint, archive, now())
  const tasks = new TaskStore(database)
  const policy: Pipeline['policy'] = {
    raises: (finding) => switches.raises(finding) && !isOwnRemoval(tasks, finding),
  }
  const recovered = await recover({ archive, detector, policy, whitelist, alerts: stored, now }, restored)
  log.info(
    { ...recovered, ...archive.stats(), models: detector.catalogue.size, refused: detector.refused.length },
    'state opened',
  )
  const incidents = new SqliteIncidentStore(database)
  const sessions = new Sessions(people, () => sessionLimits(settings), now)
  return ok({
    ...{
      database,
      authority: authority.value,
      releaseKey: releaseKey.value,
      seal: seal.value,
      names,
      tls: tls.value,
      log,
      metrics,
      deadLetters,
      now,
    },
    ...{ alerts, stored, incidents, people, sessions, policy, switches, whitelist, settings },
    ...{ detector, archive, restored, recovered },
  })
}
