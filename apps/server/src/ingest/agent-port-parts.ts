/** What the port of agents needs from the rest of the server. */
import { createHash } from 'node:crypto'
import { isDiskFull } from '@rampart/alert'
import { uninstallRequest } from '@rampart/api'
import type { Context } from '../context.ts'
import type { AgentPortParts } from './agent-port.ts'
import { type EnrolmentParts, enrol, renew } from './enrolment.ts'
import type { IntroducedAssets } from './introduced-assets.ts'
import type { ServerEvents } from './server-events.ts'

export function agentPortParts(
  {
    agents,
    agentPolicies,
    alerts,
    decisions,
    inbox,
    inventory,
    log,
    metrics,
    people,
    presence,
    response,
    tasks,
    twins,
    now,
  }: Context,
  enrolment: EnrolmentParts,
  serverEvents: ServerEvents,
  introduced: IntroducedAssets,
  heartbeatMs: number,
): Omit<AgentPortParts, 'tls' | 'authority' | 'downloads'> {
  return {
    agents,
    now,
    enrol: async (body, host, address) => {
      const result = await enrol(enrolment, body, host, address)
      if (result.ok) {
        twins.forget(result.value.assetId)
        presence.enrolled(result.value.assetId)
      }
      return result
    },
    uninstall: (assetId, body, address) => {
      const { data } = uninstallRequest.safeParse(body)
      const record = (action: string, detail?: Record<string, unknown>) =>
        people.record({ at: now(), actor: 'agent', address, action, subject: assetId, ...(detail && { detail }) })
      if (data && 'task' in data) {
        const good = response.uninstallation.reported(assetId, data)
        const action = data.state === 'done' ? 'agent.uninstalled' : 'agent.uninstall-failed'
        record(good ? action : 'agent.uninstall-refused', { task: data.task, message: data.message })
        return good
      }
      const hash = createHash('sha256')
        .update(data?.token.trim() ?? '')
        .digest('hex')
      const good = data !== undefined && decisions.useUninstallToken(hash, assetId, now())
      record(good ? 'agent.uninstalled' : 'agent.uninstall-refused')
      if (good) response.uninstallation.gone(assetId, 'uninstalled with a token of the console', data.keepState)
      return good
    },
    renew: (assetId, body, host, address) => renew(enrolment, assetId, body, host, address),
    connection: (assetId, tookOver) => ({
      inbox,
      introduced,
      metrics,
      now,
      heartbeatMs,
      policy: () => agentPolicies.of(assetId),
      acknowledged: (source, spoolId) => alerts.acknowledged({ source, spoolId }),
      onHello: async (hello) => {
        const { name, addresses, operatingSystem, kernel } = hello.host
        // An agent may come while the disk is full; what changed of its host is written when it comes again.
        await alerts.saveAsset({ id: assetId, name, addresses, operatingSystem, kernel }, now()).catch((error) => {
          if (!isDiskFull(error)) throw error
        })
        presence.connected(assetId, hello)
        const { bootId, machineId } = hello
        const enrolledMachineId = agents.agent(assetId)?.machineId ?? ''
        const reason = twins.hello(assetId, { bootId, machineId, enrolledMachineId, tookOver }, performance.now())
        if (reason === null) return
        await serverEvents
          .agentChanged({ assetId, state: 'cloned', reason })
          .catch((error) => log.error({ error }, 'a copied identity not recorded'))
        presence.touched(assetId)
      },
      onHealth: (health) => {
        presence.health(assetId, health)
        if (health.inventory !== undefined) inventory.confirmed(assetId, health.inventory)
      },
      onWelcome: (hello) => {
        response.connected(assetId)
        inventory.connected(assetId, hello.inventory !== undefined)
      },
      onInventory: (part) => inventory.take(assetId, part),
      onTaskNews: (news) => {
        if (news.type === 'task-result') tasks.result(assetId, news)
        else tasks.piece(assetId, news.id, news.offset, news.bytes)
      },
      onHeard: () => presence.heard(assetId),
      onClose: (stopped) => {
        tasks.disconnected(assetId)
        inventory.disconnected(assetId)
        presence.disconnected(assetId, stopped)
      },
    }),
  }
}
