/** Sends one handling of an alert and puts the answer everywhere the alert is shown. */
import type { AlertDetail, OperationName } from '@rampart/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ApiFailure, call } from '../../api/client.ts'
import { alertQuery, summaryQuery } from '../../api/queries.ts'

export interface Handling {
  operation: OperationName
  note?: string
  assignee?: string | null
}

/** Fails with `alert.changed` when somebody else was first; the alert is then read again. */
export function useHandling(detail: AlertDetail) {
  const client = useQueryClient()
  const { queryKey } = alertQuery(detail.id)
  return useMutation({
    mutationFn: (handling: Handling) =>
      call('handleAlert', { id: detail.id, body: { ...handling, version: detail.version } }),
    onSuccess: (changed) => {
      client.setQueryData(queryKey, changed)
      void client.invalidateQueries({ queryKey: summaryQuery.queryKey })
      void client.invalidateQueries({ queryKey: ['alerts', 'facets'] })
    },
    onError: (error) => {
      if (error instanceof ApiFailure && error.status === 409) void client.invalidateQueries({ queryKey })
    },
  })
}
