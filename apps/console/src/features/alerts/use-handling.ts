/** Sends one handling of an alert and puts the answer everywhere the alert is shown; a toast offers the way back. */
import type { AlertDetail, OperationName } from '@rampart/api'
import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ApiFailure, call } from '../../api/client.ts'
import { alertQuery, summaryQuery } from '../../api/queries.ts'
import { useSaid } from '../../parts/said.tsx'
import { showToast } from '../../parts/toast.tsx'

export interface Handling {
  operation: OperationName
  note?: string
  assignee?: string | null
}

/** Notes stay, and an undo that is undone is a new decision. */
const offersUndo = (operation: OperationName) => operation !== 'add note' && operation !== 'undo'

/** Fails with `alert.changed` when somebody else was first; the alert is then read again. */
export function useHandling(detail: AlertDetail) {
  const { t } = useTranslation('alerts')
  const said = useSaid()
  const client = useQueryClient()
  const { queryKey } = alertQuery(detail.id)
  return useMutation({
    mutationFn: (handling: Handling) =>
      call('handleAlert', { id: detail.id, body: { ...handling, version: detail.version } }),
    onSuccess: (changed, { operation }) => {
      putEverywhere(client, changed)
      if (!offersUndo(operation)) return
      showToast({
        words: t(`handled.${operation}`, { title: detail.title }),
        action: { words: t('undo'), act: () => void takeBack(changed) },
      })
    },
    onError: (error) => {
      if (error instanceof ApiFailure && error.status === 409) void client.invalidateQueries({ queryKey })
    },
  })

  async function takeBack({ id, version }: AlertDetail): Promise<void> {
    try {
      putEverywhere(client, await call('handleAlert', { id, body: { operation: 'undo', version } }))
      showToast({ words: t('handled.undo', { title: detail.title }) })
    } catch (error) {
      void client.invalidateQueries({ queryKey })
      showToast({ words: error instanceof ApiFailure ? said(error.message) : t('handled.failed') })
    }
  }
}

function putEverywhere(client: QueryClient, changed: AlertDetail): void {
  client.setQueryData(alertQuery(changed.id).queryKey, changed)
  void client.invalidateQueries({ queryKey: summaryQuery.queryKey })
  void client.invalidateQueries({ queryKey: ['alerts', 'facets'] })
}
