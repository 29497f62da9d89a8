/** What many alerts can have at once: decisions, and operations of agents; each with its words and its icon. */
import type { BatchRequest, OperationName, ResponseName } from '@rampart/api'
import { useTranslation } from 'react-i18next'
import { useMayRespond } from '../../parts/may-respond.ts'

/** The first are buttons. */
export const batchDecisions = [
  'handled manually',
  'ignore',
  'false positive',
  'add to whitelist',
  'defend without notification',
  'reopen',
  'assign',
  'add note',
] as const satisfies readonly OperationName[]

/** Carried out by the agents of the alerts' assets. */
export const batchResponses = ['virus removal', 'quarantine', 'kill process', 'block IP'] as const satisfies readonly (
  | ResponseName
  | BatchRequest['operation']
)[]

export type BatchDecision = (typeof batchDecisions)[number]
export type BatchResponse = (typeof batchResponses)[number]
export type BatchOperation = BatchDecision | BatchResponse

export const isResponse = (operation: BatchOperation): operation is BatchResponse =>
  (batchResponses as readonly string[]).includes(operation)

/** What the reader's role allows. */
export function useBatchOperations(): readonly BatchOperation[] {
  return useMayRespond() ? [...batchDecisions, ...batchResponses] : batchDecisions
}

export interface BatchWords {
  name: string
  happens: string
  undo: string
  confirm: string
  example: string
}

export function useBatchWords(): (operation: BatchOperation) => BatchWords {
  const { t } = useTranslation('alerts')
  const { t: response } = useTranslation('response')
  return (operation) => {
    if (isResponse(operation))
      return {
        name: response(`name.${operation}`),
        happens: response(`happens.${operation}`),
        undo: response(`undoing.${operation}`),
        confirm: response(`name.${operation}`),
        example: t('batch.responseExample'),
      }
    return {
      name: t(`handling.${operation}.name`),
      happens: t(`handling.${operation}.happens`),
      undo: operation === 'add note' ? t('handling.add note.undo') : t('batch.undoWords'),
      confirm: t(`handling.${operation}.confirm`),
      example: t(`handling.${operation}.example`),
    }
  }
}
