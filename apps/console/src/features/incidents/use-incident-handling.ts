/** Sends one change of an incident and puts the answer where it is shown; somebody else's change is read again. */
import type { IncidentDetail, IncidentHandling } from '@rampart/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import { incidentQuery } from '../../api/investigation-queries.ts'

export function useIncidentHandling(incident: IncidentDetail) {
  const client = useQueryClient()
  const { queryKey } = incidentQuery(incident.id)
  return useMutation({
    mutationFn: (change: Omit<IncidentHandling, 'version'>) =>
      call('handleIncident', { id: incident.id, body: { ...change, version: incident.version } }),
    onSuccess: (changed) => {
      client.setQueryData(queryKey, changed)
      void client.invalidateQueries({ queryKey: ['incidents'] })
    },
    onError: () => void client.invalidateQueries({ queryKey }),
  })
}
