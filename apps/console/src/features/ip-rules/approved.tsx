/** Addresses that are never blocked. */
import { Button, TextInput, VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { approvedAddressesQuery, sessionQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { Failure } from '../../parts/failure.tsx'
import { useRenewResponses } from '../../parts/operation-card.tsx'
import classes from '../../parts/page-body.module.css'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import table from '../../parts/table.module.css'

export function Approved() {
  const { t } = useTranslation('response')
  const renew = useRenewResponses()
  const query = useQuery(approvedAddressesQuery)
  const mayChange = useQuery(sessionQuery).data?.user.role === 'administrator'
  const [address, setAddress] = useState('')
  const [note, setNote] = useState('')
  const add = useMutation({
    mutationFn: () => call('approveAddress', { body: { address: address.trim(), note: note.trim() } }),
    onSuccess: () => {
      setAddress('')
      setNote('')
    },
    onSettled: renew,
  })
  const remove = useMutation({
    mutationFn: (id: string) => call('disapproveAddress', { id }),
    onSettled: renew,
  })
  return (
    <div className={classes.section}>
      <p className={classes.words}>{t('ipRules.approved.intro')}</p>
      {mayChange && (
        <form
          className={classes.bar}
          onSubmit={(event) => {
            event.preventDefault()
            add.mutate()
          }}
        >
          <TextInput
            label={t('ipRules.approved.address')}
            value={address}
            maxLength={64}
            onChange={(event) => setAddress(event.currentTarget.value)}
          />
          <TextInput
            label={t('ipRules.approved.note')}
            value={note}
            maxLength={500}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Button type="submit" loading={add.isPending} disabled={!address.trim()}>
            {t('ipRules.approved.add')}
          </Button>
        </form>
      )}
      <Failure error={add.error ?? remove.error} />
      {query.isPending && <LoadingLines lines={3} />}
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && <p className={classes.dim}>{t('ipRules.approved.none')}</p>}
      {query.data && query.data.items.length > 0 && (
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t('ipRules.approved.address')}</th>
              <th scope="col">{t('ipRules.approved.note')}</th>
              <th scope="col">{t('ipRules.approved.by')}</th>
              <th scope="col">
                <VisuallyHidden>{t('ipRules.column.actions')}</VisuallyHidden>
              </th>
            </tr>
          </thead>
          <tbody>
            {query.data.items.map((one) => (
              <tr key={one.address}>
                <td className="num">{one.address}</td>
                <td data-label={t('ipRules.approved.note')}>
                  <VisibleText value={one.note} />
                </td>
                <td data-label={t('ipRules.approved.by')}>
                  <VisibleText value={one.actor} />
                </td>
                <td>
                  {mayChange && (
                    <Button variant="default" size="compact-sm" onClick={() => remove.mutate(one.address)}>
                      {t('ipRules.approved.remove')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}
