/** Own sessions: where one is signed in, and ending them. */
import { Button, VisuallyHidden } from '@mantine/core'
import type { OwnSession } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { accountQuery, ownSessionsQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { Failure } from '../../parts/failure.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { Section } from '../../parts/section.tsx'
import table from '../../parts/table.module.css'
import { RelativeTime } from '../../parts/time-text.tsx'
import { browserName } from './browser-name.ts'
import classes from './page.module.css'

export function OwnSessions() {
  const { t } = useTranslation('account')
  const client = useQueryClient()
  const sessions = useQuery(ownSessionsQuery)
  const end = useMutation({
    mutationFn: (id: string | null) => (id === null ? call('endOtherSessions') : call('endOwnSession', { id })),
    onSettled: () => {
      for (const { queryKey } of [ownSessionsQuery, accountQuery]) void client.invalidateQueries({ queryKey })
    },
  })
  const items = sessions.data?.items ?? []
  return (
    <Section title={t('sessions.title')} words={t('sessions.words')}>
      {sessions.isPending && <LoadingLines lines={3} />}
      {sessions.error && <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {items.length > 0 && (
        <div className={classes.list}>
          <table className={table.table}>
            <thead>
              <tr>
                {(['browser', 'address', 'since', 'used'] as const).map((column) => (
                  <th key={column} scope="col">
                    {t(`sessions.${column}`)}
                  </th>
                ))}
                <th scope="col">
                  <VisuallyHidden>{t('sessions.actions')}</VisuallyHidden>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((session) => (
                <tr key={session.id}>
                  <td>
                    <Browser session={session} />
                  </td>
                  <td data-label={t('sessions.address')}>{session.address}</td>
                  <td data-label={t('sessions.since')}>
                    <RelativeTime at={session.createdAt} />
                  </td>
                  <td data-label={t('sessions.used')}>
                    <RelativeTime at={session.seenAt} />
                  </td>
                  <td>
                    {session.current ? (
                      <span className={classes.here}>{t('sessions.current')}</span>
                    ) : (
                      <Button
                        size="xs"
                        variant="default"
                        loading={end.isPending && end.variables === session.id}
                        onClick={() => end.mutate(session.id)}
                      >
                        {t('sessions.end')}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Failure error={end.error} />
      {items.length > 1 && (
        <div className={classes.actions}>
          <Button variant="default" loading={end.isPending && end.variables === null} onClick={() => end.mutate(null)}>
            {t('sessions.endOthers')}
          </Button>
        </div>
      )}
    </Section>
  )
}

function Browser({ session }: { session: OwnSession }) {
  const { t } = useTranslation('account')
  const known = browserName(session.browser)
  if (!known) return <VisibleText value={session.browser.slice(0, 60) || t('sessions.unknown')} />
  return (
    <span title={session.browser}>
      {known.system ? t('sessions.on', { browser: known.browser, system: known.system }) : known.browser}
    </span>
  )
}
