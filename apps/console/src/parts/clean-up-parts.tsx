/** What a deep cleanup found on the host: everything that is certain is chosen, the rest is for a person to decide. */
import { Button, Checkbox } from '@mantine/core'
import type { OperationView, TaskView } from '@rampart/api'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../api/client.ts'
import { EvidenceText } from './evidence-text.tsx'
import { Failure } from './failure.tsx'
import classes from './operation-card.module.css'
import { useRenewResponses } from './operation-card.tsx'
import { Said } from './said.tsx'

interface Part {
  id: string
  kind: 'process' | 'file' | 'line'
  title: string
  why: string
  certain: boolean
}

/** The parts that an agent reported; undefined for other tasks. It is the agent's word: each field is looked at. */
export function readParts(task: TaskView): Part[] | undefined {
  const parts = task.details?.parts
  if (task.kind !== 'plan-clean-up' || !Array.isArray(parts)) return undefined
  return parts.flatMap((part: Record<string, unknown>) => {
    const { id, kind, title, why, certain } = part
    if (typeof id !== 'string' || typeof title !== 'string' || typeof why !== 'string') return []
    if (kind !== 'process' && kind !== 'file' && kind !== 'line') return []
    return [{ id, kind, title, why, certain: certain === true }]
  })
}

export function CleanUpParts({
  operation,
  parts,
  mayRespond,
}: {
  operation: OperationView
  parts: Part[]
  mayRespond: boolean
}) {
  const { t } = useTranslation('response')
  const renew = useRenewResponses()
  const [chosen, setChosen] = useState(() => parts.filter(({ certain }) => certain).map(({ id }) => id))
  const act = useMutation({
    mutationFn: () => call('carryOutCleanUp', { id: operation.id, body: { parts: chosen } }),
    onSettled: renew,
  })
  if (parts.length === 0) return <p className={classes.dim}>{t('parts.none')}</p>
  if (operation.carriedOut) return <p className={classes.dim}>{t('parts.carriedOut')}</p>
  return (
    <form
      className={classes.parts}
      aria-label={t('parts.title')}
      onSubmit={(event) => {
        event.preventDefault()
        act.mutate()
      }}
    >
      <ul className={classes.partList}>
        {parts.map((part) => (
          <li key={part.id}>
            <Checkbox
              checked={chosen.includes(part.id)}
              disabled={!mayRespond}
              onChange={(event) =>
                setChosen(event.currentTarget.checked ? [...chosen, part.id] : chosen.filter((id) => id !== part.id))
              }
              label={
                <>
                  {t(`parts.${part.kind}`)} <EvidenceText value={part.title} />
                </>
              }
              description={
                <>
                  <Said value={part.why} />
                  {!part.certain && ` (${t('parts.uncertain')})`}
                </>
              }
            />
          </li>
        ))}
      </ul>
      <Failure error={act.error} />
      {mayRespond && (
        <div>
          <Button type="submit" size="compact-sm" disabled={chosen.length === 0} loading={act.isPending}>
            {t('parts.confirm', { count: chosen.length })}
          </Button>
        </div>
      )}
    </form>
  )
}
