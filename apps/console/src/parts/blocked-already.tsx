/** Before a block is made: which rules in force block the address already, where and until when, and what to do about it. */
import { Radio } from '@mantine/core'
import type { IpRule } from '@rampart/api'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ipRulesQuery } from '../api/queries.ts'
import classes from './blocked-already.module.css'
import { VisibleText } from './evidence-text.tsx'
import { ExactTime } from './time-text.tsx'

type Choice = 'extend' | 'beside'
const shown = 3

/** `address`: one or a range; what is none yet blocks nothing. `ifBlocked` is what the API is told. */
export function useBlockedAlready(address: string) {
  const [choice, setChoice] = useState<Choice>('extend')
  const asked = useQuery({
    ...ipRulesQuery({ inForce: 'yes', address }),
    enabled: address.length > 1,
    // Rules of another address say nothing about this one.
    placeholderData: undefined,
  })
  const rules = asked.data?.items ?? []
  return { rules, choice, setChoice, ifBlocked: rules.length > 0 ? choice : ('refuse' as const) }
}

export function BlockedAlready({ rules, choice, setChoice }: ReturnType<typeof useBlockedAlready>) {
  const { t } = useTranslation('response')
  if (rules.length === 0) return null
  return (
    <section className={classes.blocked} aria-label={t('blocked.title')}>
      <p role="status">{t('blocked.title')}</p>
      <ul>
        {rules.slice(0, shown).map((rule) => (
          <li key={rule.id}>
            <Rule rule={rule} />
          </li>
        ))}
      </ul>
      {rules.length > shown && <p>{t('blocked.more', { count: rules.length - shown })}</p>}
      <Radio.Group label={t('blocked.choice')} value={choice} onChange={(chosen) => setChoice(chosen as Choice)}>
        {(['extend', 'beside'] as const).map((one) => (
          <Radio key={one} value={one} label={t(`blocked.${one}`)} description={t(`blocked.about.${one}`)} mt={6} />
        ))}
      </Radio.Group>
    </section>
  )
}

function Rule({ rule }: { rule: IpRule }) {
  const { t } = useTranslation('response')
  const names = rule.assets?.slice(0, shown).map(({ name }) => name)
  const more = (rule.assets?.length ?? 0) > shown ? ` +${(rule.assets?.length ?? 0) - shown}` : ''
  return (
    <>
      <span className="num">{rule.address}</span> · {t(`direction.${rule.direction}`)} ·{' '}
      <VisibleText value={names ? `${names.join(', ')}${more}` : t('ipRules.allAssets')} /> ·{' '}
      {rule.expiresAt === null ? (
        t('blocked.forEver')
      ) : (
        <>
          {t('blocked.until')} <ExactTime at={rule.expiresAt} />
        </>
      )}{' '}
      · <VisibleText value={`${rule.actor}: ${rule.reason}`} />
    </>
  )
}
