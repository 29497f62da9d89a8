/** Assets, their agents and sensors → the rows and details of the API, and the banners. */
import type { Asset } from '@rampart/alert'
import { type AssetDetail, type AssetRow, type Banner, compareVersions, type SensorStatus } from '@rampart/api'
import type { Context } from '../context.ts'
import { introducerOf } from '../ingest/introduced-assets.ts'
import type { Isolation } from '../response/offers.ts'
import type { StoredCertificate } from '../store/agent-decisions.ts'
import type { Agent, SensorHealth } from '../store/agents.ts'
import { type AssetScope, isVisible } from './asset-scope.ts'
import { iso } from './process-chain.ts'

type Counts = { Urgent: number; Warning: number; Notice: number }
const noCounts: Counts = { Urgent: 0, Warning: 0, Notice: 0 }

export function toAssetRow(
  asset: Asset,
  receivedBy: AssetRow['receivedBy'],
  agent: Agent | null,
  sensors: readonly SensorHealth[],
  alerts: Counts | undefined,
  isolation: Isolation | null,
  upgrade: string | null,
): AssetRow {
  return {
    id: asset.id,
    name: asset.name,
    kind: asset.kind,
    addresses: asset.addresses,
    operatingSystem: asset.operatingSystem,
    kernel: asset.kernel,
    group: asset.group,
    receivedBy,
    tags: asset.tags,
    edition: asset.edition,
    agent: {
      state: agent?.state ?? 'never connected',
      version: agent?.version ?? null,
      upgrade,
      lastSeenAt: instant(agent?.lastSeenAt),
      connectedAt: instant(agent?.connectedAt),
    },
    alerts: alerts ?? noCounts,
    eventsLost: lostOf(agent, sensors),
    sensorsUnhealthy: sensors.filter((sensor) => sensor.state !== 'running').length,
    isolated: isolation && { until: instant(isolation.until), operationId: isolation.operationId },
    createdAt: iso(asset.createdAt),
  }
}

/** The server through whose agent an asset is known, as far as the caller may see it. */
export function receiverOf(assetId: string, nameOf: (receiverId: string) => string | null): AssetRow['receivedBy'] {
  const id = introducerOf(assetId)
  return id === null ? null : { id, name: nameOf(id) }
}

/** A package of this server that is newer than what the agent runs from; null when there is none or it runs from a checkout. */
export function newerPackage({ presence, agentPackages }: Context, assetId: string): string | null {
  const architecture = presence.packageOf(assetId)
  const version = presence.agent(assetId)?.version
  if (architecture === null || !version) return null
  const newest = agentPackages.newestVersion(architecture)
  return newest !== null && compareVersions(newest, version) > 0 ? newest : null
}

const instant = (at: number | null | undefined) => (at === null || at === undefined ? null : iso(at))

function lostOf(agent: Agent | null, sensors: readonly SensorHealth[]): number {
  const dropped = Object.values(agent?.spool?.dropped ?? {}).reduce((sum, count) => sum + count, 0)
  return sensors.reduce((sum, sensor) => sum + sensor.eventsLost, dropped)
}

function toStatus(sensor: SensorHealth): SensorStatus {
  return {
    ...sensor,
    reason: sensor.reason ?? null,
    capabilities: Object.fromEntries(
      Object.entries(sensor.capabilities).map(([type, { works, reason }]) => [type, { works, reason: reason ?? null }]),
    ),
    sources: (sensor.sources ?? []).map((one) => ({ ...one, reason: one.reason ?? null, lost: one.lost ?? 0 })),
  }
}

export async function toAssetDetail(context: Context, id: string, scope: AssetScope): Promise<AssetDetail | null> {
  const asset = context.decisions.isRemoved(id) ? null : await context.alerts.asset(id)
  if (!asset) return null
  const receiver = await context.alerts.asset(introducerOf(id) ?? '')
  const agent = context.presence.agent(id)
  const sensors = context.presence.sensors(id)
  return {
    ...toAssetRow(
      asset,
      receiverOf(id, () => (receiver && isVisible(scope, receiver) ? receiver.name : null)),
      agent,
      sensors,
      (await context.alerts.countsByAsset()).get(id),
      context.response.offers.isolation(id),
      newerPackage(context, id),
    ),
    responses: context.response.offers.ofAsset(asset),
    sensors: sensors.map(toStatus),
    spool: agent?.spool ?? null,
    resources: agent?.resources ?? null,
    certificate: toCertificate(context.decisions.certificate(id)),
    copied: context.twins.of(id),
    spoolMegabytes: context.decisions.spoolMegabytes(id),
    eventsReceived: await context.alerts.eventsReceived(id),
  }
}

function toCertificate(stored: StoredCertificate | null): AssetDetail['certificate'] {
  if (!stored) return null
  const { serial, issuedAt, expiresAt, revokedAt, reason } = stored
  return {
    serial,
    issuedAt: iso(issuedAt),
    expiresAt: iso(expiresAt),
    revokedAt: instant(revokedAt),
    revokedFor: revokedAt === null ? null : reason,
  }
}

/** Everything that does not work with the server and the assets of the scope, most serious first. */
export async function listBanners(context: Context, scope: AssetScope): Promise<Banner[]> {
  const banners: Banner[] = []
  const { problem } = context.guard
  if (problem) banners.push({ asset: null, severity: 'error', subject: 'storage', reason: problem.message })
  const [issue] = context.settings.problems
  if (issue)
    banners.push({
      asset: null,
      severity: 'warning',
      subject: 'settings',
      reason: `The settings file was not taken over: ${issue.place} ${issue.message} The settings before it still count.`,
    })
  const { refused } = context.detector
  const [first] = refused
  if (first)
    banners.push({
      asset: null,
      severity: 'warning',
      subject: 'models',
      reason: `${refused.length} model ${refused.length === 1 ? 'problem' : 'problems'}, first ${first.path}: ${first.message}`,
    })
  if (context.detector.stats.failures > 0)
    banners.push({
      asset: null,
      severity: 'error',
      subject: 'detection',
      reason: `Detection failed on ${context.detector.stats.failures} events since the start; other events go on. Please report this.`,
    })
  for (const { settings, failure } of context.notifications.channels())
    if (failure && settings.enabled)
      banners.push({
        asset: null,
        severity: 'warning',
        subject: 'notifications',
        reason: `Notifications through "${settings.name}" do not get through: ${failure.message}`,
      })
  const assets = new Map((await context.alerts.assets()).map((asset) => [asset.id, asset]))
  for (const agent of context.presence.all()) {
    if (context.decisions.isRemoved(agent.assetId)) continue
    const known = assets.get(agent.assetId)
    if (!isVisible(scope, { group: known?.group ?? null })) continue
    const asset = { id: agent.assetId, name: known?.name ?? agent.assetId }
    if (agent.state === 'silent')
      banners.push({
        asset,
        severity: 'error',
        subject: 'agent',
        reason: `Nothing was heard of the agent since ${agent.lastSeenAt ? iso(agent.lastSeenAt) : 'it was enrolled'}. Look at the host: is it up, does the agent run, can it reach this server?`,
      })
    const copied = context.twins.of(agent.assetId)
    if (copied !== null)
      banners.push({
        asset,
        severity: 'error',
        subject: 'agent.identity',
        reason: `Two machines use the identity of this agent: ${copied}. Revoke the agent on its page, then enrol each machine with a token of its own.`,
      })
    if (agent.state !== 'online') continue
    for (const sensor of context.presence.sensors(agent.assetId)) {
      if (sensor.state !== 'running')
        banners.push({
          asset,
          severity: sensor.state === 'failed' ? 'error' : 'warning',
          subject: sensor.sensor,
          reason: sensor.reason ?? `The sensor is ${sensor.state}.`,
        })
      if (sensor.eventsLost > 0)
        banners.push({
          asset,
          severity: 'warning',
          subject: sensor.sensor,
          reason: `${sensor.eventsLost} events were lost (${causes(sensor.lostByCause)}).`,
        })
    }
    const dropped = agent.spool?.dropped ?? {}
    if (Object.values(dropped).some((count) => count > 0))
      banners.push({
        asset,
        severity: 'warning',
        subject: 'spool',
        reason: `The agent dropped events because its spool was full (${causes(dropped)}).`,
      })
  }
  return banners.sort((one, other) => Number(other.severity === 'error') - Number(one.severity === 'error'))
}

function causes(counts: Record<string, number>): string {
  const told = Object.entries(counts).filter(([, count]) => count > 0)
  return told.length === 0 ? 'cause unknown' : told.map(([cause, count]) => `${cause}: ${count}`).join(', ')
}
