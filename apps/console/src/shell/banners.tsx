/** What does not work right now: which sensor, on which asset, why. One row; the rest on request. */
import { ActionIcon } from '@mantine/core'
import { IconAlertTriangle, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { bannersQuery } from '../api/queries.ts'
import { Said } from '../parts/said.tsx'
import classes from './banners.module.css'

export function Banners() {
  const { t } = useTranslation('shell')
  const banners = useQuery(bannersQuery).data?.items ?? []
  const [all, setAll] = useState(false)
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const shown = banners.map((banner) => ({ ...banner, key: JSON.stringify(banner) })).filter((b) => !hidden.has(b.key))
  if (shown.length === 0) return null
  const rest = shown.length - 1
  return (
    <section className={classes.banners} aria-label={t('banners.label')}>
      {(all ? shown : shown.slice(0, 1)).map((banner, place) => (
        <div key={banner.key} className={classes.banner} data-severity={banner.severity}>
          <IconAlertTriangle size={16} className={classes.icon} aria-label={t(`banners.${banner.severity}`)} />
          <p className={classes.words} data-all={all || undefined}>
            {banner.asset && (
              <>
                <Link to="/assets/$assetId" params={{ assetId: banner.asset.id }} className={classes.asset}>
                  {banner.asset.name}
                </Link>
                {' · '}
              </>
            )}
            <strong>
              {t(`banners.subject.${banner.subject.replaceAll('.', '-')}`, { defaultValue: banner.subject })}
            </strong>{' '}
            <span className={classes.reason}>
              <Said value={banner.reason} />
            </span>
          </p>
          {place === 0 && rest > 0 && (
            <button type="button" className={classes.more} onClick={() => setAll(!all)} aria-expanded={all}>
              {all ? t('banners.less') : t('banners.more', { count: rest })}
            </button>
          )}
          <ActionIcon
            size={22}
            aria-label={t('banners.hide')}
            onClick={() => setHidden(new Set([...hidden, banner.key]))}
          >
            <IconX size={14} />
          </ActionIcon>
        </div>
      ))}
    </section>
  )
}
