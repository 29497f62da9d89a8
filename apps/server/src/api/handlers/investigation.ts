/** Handlers of routes/investigation.ts. */
import type { Context } from '../../context.ts'
import { graphOfAlerts } from '../../investigate/graph.ts'
import { processTreeOf } from '../../investigate/process-tree.ts'
import { timelineOf } from '../../investigate/timeline.ts'
import type { Handlers } from '../call.ts'
import { withFeature } from '../edition-check.ts'
import { Refused } from '../refused.ts'

export function investigationHandlers(
  context: Context,
): Pick<Handlers, 'getProcessTree' | 'getTimeline' | 'getAlertGraph'> {
  const { alerts } = context
  return {
    async getProcessTree({ id, query }) {
      const alert = await alerts.get(id)
      return alert ? processTreeOf(context, alert, query) : Refused.notFound('alert')
    },
    async getTimeline({ id, query }) {
      const alert = await alerts.get(id)
      return alert ? timelineOf(context, alert, query) : Refused.notFound('alert')
    },
    async getAlertGraph({ id, query }) {
      const alert = await alerts.get(id)
      if (!alert) return Refused.notFound('alert')
      const traced = withFeature(context, 'attack source tracing', [alert])
      return traced instanceof Refused ? traced : graphOfAlerts(context, traced, query)
    },
  }
}
