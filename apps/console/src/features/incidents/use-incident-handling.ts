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

/** Writes a note anew, or takes it away; one that is gone or not the caller's shows when it is read again. */
export function useNoteChange(incident: IncidentDetail) {
  const client = useQueryClient()
  const { queryKey } = incidentQuery(incident.id)
  return async (entry: string, note: string | null) => {
    try {
      client.setQueryData(queryKey, await call('changeIncidentNote', { id: incident.id, body: { entry, note } }))
    } catch (error) {
      void client.invalidateQueries({ queryKey })
      throw error
    }
  }
}
