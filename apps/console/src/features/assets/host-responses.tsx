/** What can be done with a server as a whole: isolate it, let it back, have its agent check itself; and what was done lately. */
import { Button } from '@mantine/core'
import type { AssetDetail, HostResponseName } from '@rampart/api'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { operationsQuery } from '../../api/queries.ts'
import { useMayRespond } from '../../parts/may-respond.ts'
import { OperationCard } from '../../parts/operation-card.tsx'
import { useSaid } from '../../parts/said.tsx'
import { ExactTime } from '../../parts/time-text.tsx'
import { HostResponseDialog } from './host-response-dialog.tsx'
import classes from './host-responses.module.css'

const shown = 3

export function HostResponses({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation('assets')
  const said = useSaid()
  const { t: response } = useTranslation('response')
  const mayRespond = useMayRespond()
  const [asked, setAsked] = useState<HostResponseName>()
  const operations = useInfiniteQuery(operationsQuery({ asset: asset.id, limit: shown })).data?.pages[0]?.items ?? []
  // Of isolating and letting back only the one that the host is in the state for.
  const offers = asset.responses.filter(({ name }) => name !== (asset.isolated ? 'isolate host' : 'release host'))
  return (
    <section className={classes.section} aria-labelledby="responses-heading">
      <h2 id="responses-heading" className={classes.heading}>
        {t('responses.title')}
      </h2>
      {asset.isolated && (
        <p className={classes.isolated}>
          <strong>{t('isolated.title')}</strong>{' '}
          {asset.isolated.until === null ? (
            t('isolated.forEver')
          ) : (
            <>
              {t('isolated.until')} <ExactTime at={asset.isolated.until} />
            </>
          )}
        </p>
      )}
      <div className={classes.acts}>
        {offers.map(({ name, offered, reason, warning }) => (
          <div key={name} className={classes.act}>
            <Button variant="default" disabled={!offered || !mayRespond} onClick={() => setAsked(name)}>
              {response(`name.${name}`)}
            </Button>
            <p className={classes.dim}>
              {mayRespond ? said(reason ?? warning ?? t(`responses.${name}`)) : t('responses.notAllowed')}
            </p>
          </div>
        ))}
      </div>
      {operations.length > 0 && (
        <div className={classes.cards}>
          {operations.map((operation) => (
            <OperationCard key={operation.id} operation={operation} withAlert />
          ))}
          <Link to="/tasks">{t('responses.all')}</Link>
        </div>
      )}
      {asked && <HostResponseDialog asset={asset} name={asked} onClose={() => setAsked(undefined)} />}
    </section>
  )
}
