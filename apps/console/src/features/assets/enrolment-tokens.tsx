/** Dialog with the enrolment tokens that are still good, or were lately: which servers came with each, and taking one back. */
import { Button } from '@mantine/core'
import type { EnrolmentTokenRow } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { enrolmentTokensQuery } from '../../api/queries.ts'
import { Dialog, DialogBody, DialogButtons } from '../../parts/dialog.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { Failure } from '../../parts/failure.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { ExactTime } from '../../parts/time-text.tsx'
import classes from './agent-tasks.module.css'

export function EnrolmentTokens({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('assets')
  const { t: part } = useTranslation('parts')
  const tokens = useQuery(enrolmentTokensQuery)
  const items = tokens.data?.items
  return (
    <Dialog title={t('tokens.title')} width={760} onClose={onClose}>
      <DialogBody>
        <p>{t('tokens.words')}</p>
        {tokens.isPending && <LoadingLines lines={3} height={20} />}
        {tokens.error && !items && <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />}
        {items?.length === 0 && <p className={classes.dim}>{t('tokens.none')}</p>}
        {items !== undefined && items.length > 0 && (
          <div className={classes.scroller}>
            <table className={classes.table}>
              <thead>
                <tr>
                  {(['made', 'state', 'expires', 'servers'] as const).map((name) => (
                    <th key={name}>{t(`tokens.column.${name}`)}</th>
                  ))}
                  <th>
                    <span className="sr-only">{t('tokens.cancel')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((token) => (
                  <Row key={token.id} token={token} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        <DialogButtons>
          <Button variant="default" onClick={onClose}>
            {part('close')}
          </Button>
        </DialogButtons>
      </DialogBody>
    </Dialog>
  )
}

function Row({ token }: { token: EnrolmentTokenRow }) {
  const { t } = useTranslation('assets')
  const client = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => call('cancelEnrolmentToken', { id: token.id }),
    onSettled: () => client.invalidateQueries({ queryKey: enrolmentTokensQuery.queryKey }),
  })
  return (
    <tr>
      <td>
        <VisibleText value={token.createdBy} />
        <div className={classes.dim}>
          <ExactTime at={token.createdAt} />
        </div>
      </td>
      <td>
        {t(`tokens.state.${token.state}`)}
        <div className={classes.dim}>{t('tokens.left', { left: token.usesLeft, count: token.uses })}</div>
      </td>
      <td>
        <ExactTime at={token.expiresAt} />
      </td>
      <td>
        {token.servers.length === 0 && <span className={classes.dim}>{t('none')}</span>}
        {token.servers.map(({ id, name }) => (
          <div key={id}>
            <Link to="/assets/$assetId" params={{ assetId: id }}>
              <VisibleText value={name} />
            </Link>
          </div>
        ))}
      </td>
      <td>
        {token.state === 'open' && (
          <Button
            variant="default"
            size="compact-sm"
            loading={cancel.isPending}
            aria-label={t('tokens.cancelOf', { by: token.createdBy, left: token.usesLeft })}
            onClick={() => cancel.mutate()}
          >
            {t('tokens.cancel')}
          </Button>
        )}
        <Failure error={cancel.error} />
      </td>
    </tr>
  )
}
