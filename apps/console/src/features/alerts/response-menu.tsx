/** What agents can do about an alert: the most thorough thing that fits as the button, the rest in a menu, greyed ones with their reason. */
import { Button, Menu } from '@mantine/core'
import type { AlertDetail, ResponseName, ResponseOffers } from '@rampart/api'
import { IconChevronDown } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { responsesQuery } from '../../api/queries.ts'
import { useMayRespond } from '../../parts/may-respond.ts'
import { OperationCard } from '../../parts/operation-card.tsx'
import { Said } from '../../parts/said.tsx'
import classes from './handling-buttons.module.css'
import { OperationIcon } from './operation-icons.tsx'
import { ResponseDialog } from './response-dialog.tsx'

/** The first of these that is offered is the button. */
const usual: readonly ResponseName[] = ['virus removal', 'quarantine', 'kill process', 'block IP']
const open = ['unhandled', 'handling', 'auto-blocked']

export function ResponseMenu({ detail }: { detail: AlertDetail }) {
  const { t } = useTranslation('response')
  const offers = useQuery(responsesQuery(detail.id)).data
  const mayRespond = useMayRespond()
  const [asked, setAsked] = useState<ResponseName>()
  if (!offers || !mayRespond) return null
  const first = open.includes(detail.state)
    ? usual.find((name) => offers.offers.some((offer) => offer.name === name && offer.offered))
    : undefined
  return (
    <>
      {first && (
        <Button leftSection={<OperationIcon name={first} size={16} />} onClick={() => setAsked(first)}>
          {t(`name.${first}`)}
        </Button>
      )}
      <Menu position="bottom-start" width={330}>
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} />}>
            {t('respond')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {offers.offers
            .filter(({ name }) => name !== first)
            .map((offer) => (
              <Offer key={offer.name} offer={offer} onChoose={setAsked} />
            ))}
        </Menu.Dropdown>
      </Menu>
      {asked && <ResponseDialog detail={detail} offers={offers} name={asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}

function Offer({
  offer,
  onChoose,
}: {
  offer: ResponseOffers['offers'][number]
  onChoose: (name: ResponseName) => void
}) {
  const { t } = useTranslation('response')
  return (
    <Menu.Item
      leftSection={<OperationIcon name={offer.name} />}
      disabled={!offer.offered}
      onClick={() => onChoose(offer.name)}
    >
      {t(`name.${offer.name}`)}
      {(offer.reason ?? offer.warning) && (
        <span className={classes.reason}>
          <Said value={offer.reason ?? offer.warning ?? ''} />
        </span>
      )}
    </Menu.Item>
  )
}

const shown = 3

/** What was done about the alert, latest first, as it goes on. */
export function ResponseResults({ detail, all = false }: { detail: AlertDetail; all?: boolean }) {
  const { t } = useTranslation('response')
  const operations = useQuery(responsesQuery(detail.id)).data?.operations ?? []
  if (operations.length === 0) return null
  return (
    <section aria-label={t('operation.recent')} className={classes.results}>
      {operations.slice(0, all ? operations.length : shown).map((operation) => (
        <OperationCard key={operation.id} operation={operation} />
      ))}
    </section>
  )
}
