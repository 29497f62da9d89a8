/** "Block" beside an address of an alert: leads to the dialog that says what is blocked, where and for how long. */
import type { AlertDetail } from '@rampart/api'
import { IconBan } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { responsesQuery } from '../../api/queries.ts'
import { useMayRespond } from '../../parts/may-respond.ts'
import classes from './detail-overview.module.css'
import { ResponseDialog } from './response-dialog.tsx'

/** Nothing where the address may not be blocked, or nobody may block it from here. */
export function BlockAddress({ detail, address }: { detail: AlertDetail; address: string }) {
  const { t } = useTranslation('alerts')
  const mayRespond = useMayRespond()
  const offers = useQuery(responsesQuery(detail.id)).data
  const [asked, setAsked] = useState(false)
  const known = offers?.addresses.some((one) => one.address === address && one.barred === null)
  const offered = offers?.offers.some(({ name, offered }) => name === 'block IP' && offered)
  if (!mayRespond || !offers || !known || !offered) return null
  return (
    <>
      <button
        type="button"
        className={classes.find}
        aria-label={t('overview.block', { address })}
        title={t('overview.block', { address })}
        onClick={() => setAsked(true)}
      >
        <IconBan size={15} aria-hidden />
      </button>
      {asked && (
        <ResponseDialog
          detail={detail}
          offers={offers}
          name="block IP"
          address={address}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  )
}
