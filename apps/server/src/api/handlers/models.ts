/** Handlers of routes/models.ts. */
import { defenceItems } from '@rampart/policy'
import type { Announcer } from '../../announcer.ts'
import type { Context } from '../../context.ts'
import { kubernetesItem } from '../../settings/kubernetes-switch.ts'
import type { Handlers } from '../call.ts'
import { toModelDetail, toModelList } from '../model-view.ts'
import { Refused } from '../refused.ts'
import { toDefenceItem } from '../summary-view.ts'

export function modelHandlers(
  context: Context,
  announcer: Announcer,
): Pick<Handlers, 'listModels' | 'getModel' | 'switchModel' | 'listDefenceItems' | 'switchDefenceItem'> {
  const { switches } = context
  return {
    async listModels({ scope }) {
      return toModelList(context, scope)
    },
    async getModel({ id, scope }) {
      return (await toModelDetail(context, id, scope)) ?? Refused.notFound('model')
    },
    async switchModel({ id, body, scope }) {
      if (!context.detector.catalogue.has(id)) return Refused.notFound('model')
      switches.switchModel(id, body.enabled)
      return (await toModelDetail(context, id, scope)) ?? Refused.notFound('model')
    },
    async listDefenceItems({ scope }) {
      return { items: await Promise.all(defenceItems.map((item) => toDefenceItem(context, item, scope))) }
    },
    async switchDefenceItem({ id, body, scope: seen }) {
      const item = defenceItems.find((one) => one.id === id)
      if (!item) return Refused.notFound('defence item')
      const { enabled, scope } = body
      if (enabled !== undefined && id === kubernetesItem) {
        const changed = context.settings.change({ 'general.kubernetes': enabled })
        if (!changed.ok) return new Refused(409, changed.error)
      } else if (enabled !== undefined) switches.switchItem(id, enabled)
      if (scope !== undefined) switches.setScope(id, scope)
      context.agentPolicies.changed(context.presence.all().map((agent) => agent.assetId))
      announcer.countsChanged()
      return toDefenceItem(context, item, seen)
    },
  }
}
