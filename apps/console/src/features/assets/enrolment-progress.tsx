/** What became of an enrolment token so far: waiting, connected, first events; and what to do when nothing comes. */
import { Button } from '@mantine/core'
import { IconCheck, IconHourglass, IconPlugConnected } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiFailure, call } from '../../api/client.ts'
import { enrolmentTokenQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { useErrorWords } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { ExactTime } from '../../parts/time-text.tsx'
import classes from './enrolment-progress.module.css'

export function EnrolmentProgress({ tokenId }: { tokenId: string }) {
  const { t } = useTranslation('assets')
  const formats = useFormats()
  const words = useErrorWords()
  const client = useQueryClient()
  const token = useQuery(enrolmentTokenQuery(tokenId))
  const cancel = useMutation({
    mutationFn: () => call('cancelEnrolmentToken', { id: tokenId }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['enrolment-token', tokenId] }),
  })
  const isGone = token.error instanceof ApiFailure && token.error.status === 404
  if (isGone) return <State state="over">{t(cancel.isSuccess ? 'progress.cancelled' : 'progress.expired')}</State>
  if (token.error) return <State state="over">{words(token.error).title}</State>
  if (!token.data) return <State state="waiting">{t('progress.waiting')}</State>
  const { servers, usesLeft, uses, refused, expiresAt } = token.data
  return (
    <section className={classes.progress} aria-live="polite" aria-label={t('progress.label')}>
      {servers.map(({ id, name, eventsReceived, agent }) => {
        const state = eventsReceived > 0 ? 'events' : agent === 'online' ? 'connected' : 'enrolled'
        return (
          <State key={id} state={state}>
            <Link to="/assets/$assetId" params={{ assetId: id }}>
              <VisibleText value={name} />
            </Link>{' '}
            {t(`progress.${state}`, { count: eventsReceived, number: formats.count(eventsReceived) })}
          </State>
        )
      })}
      {usesLeft > 0 && (
        <State state="waiting">
          {t('progress.waiting')}
          <span className={classes.dim}>
            {t('add.valid', { count: uses })} <ExactTime at={expiresAt} />
          </span>
        </State>
      )}
      {refused > 0 && <p className={classes.refused}>{t('progress.refused', { count: refused })}</p>}
      {usesLeft > 0 && (
        <div className={classes.foot}>
          <details className={classes.dim}>
            <summary>{t('progress.nothing')}</summary>
            <ul className={classes.notes}>
              {(['port', 'old', 'curl', 'status'] as const).map((hint) => (
                <li key={hint}>{t(`progress.hint.${hint}`)}</li>
              ))}
            </ul>
          </details>
          <Button variant="default" size="compact-sm" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t('progress.cancel')}
          </Button>
        </div>
      )}
    </section>
  )
}

const icons = {
  waiting: <IconHourglass size={16} aria-hidden />,
  over: <IconHourglass size={16} aria-hidden />,
  enrolled: <IconPlugConnected size={16} aria-hidden />,
  connected: <IconPlugConnected size={16} aria-hidden />,
  events: <IconCheck size={16} aria-hidden />,
}

function State({ state, children }: { state: keyof typeof icons; children: ReactNode }) {
  return (
    <p className={classes.state} data-state={state}>
      {icons[state]}
      <span>{children}</span>
    </p>
  )
}
