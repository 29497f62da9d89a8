/** The left rail of pages; on a telephone the same pages as a bar at the bottom. */
import { Tooltip } from '@mantine/core'
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { summaryQuery } from '../api/queries.ts'
import { useFormats } from '../parts/time.ts'
import { Wordmark } from '../parts/wordmark.tsx'
import { pages } from './pages.ts'
import classes from './rail.module.css'

export function Rail({ folded, onFold }: { folded: boolean; onFold: () => void }) {
  const { t } = useTranslation('shell')
  const summary = useQuery(summaryQuery)
  const formats = useFormats()
  const unhandled = summary.data?.allAlerts.value ?? 0
  const urgent = summary.data?.urgentAlerts.value ?? 0
  const { pathname } = useLocation()
  const list = useRef<HTMLUListElement>(null)
  // On a telephone the bar is wider than the screen: the page that is open has to be seen in it.
  useEffect(() => {
    const active = pathname && list.current?.querySelector('[data-active]')
    if (active) active.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [pathname])
  return (
    <nav className={classes.rail} aria-label={t('pages')} data-folded={folded}>
      <Link to="/alerts" className={classes.brand}>
        <Wordmark words={!folded} />
      </Link>
      <ul className={classes.list} ref={list}>
        {pages.map((page) => (
          <li key={page.name}>
            <Tooltip label={t(`page.${page.name}`)} position="right" disabled={!folded}>
              <Link to={page.to} className={classes.item} activeProps={{ 'data-active': true }}>
                <page.icon size={18} stroke={1.7} aria-hidden />
                <span className={classes.words}>{t(`page.${page.name}`)}</span>
                {page.name === 'alerts' && unhandled > 0 && (
                  <span className={classes.count} data-urgent={urgent > 0}>
                    <span aria-hidden>{unhandled > 999 ? '999+' : formats.count(unhandled)}</span>
                    <span className="sr-only">{t('unhandled', { count: unhandled })}</span>
                  </span>
                )}
              </Link>
            </Tooltip>
          </li>
        ))}
      </ul>
      <Tooltip label={folded ? t('rail.unfold') : t('rail.fold')} position="right">
        <button type="button" className={classes.fold} onClick={onFold} aria-expanded={!folded}>
          {folded ? <IconLayoutSidebarLeftExpand size={18} /> : <IconLayoutSidebarLeftCollapse size={18} />}
          <span className={classes.words}>{folded ? t('rail.unfold') : t('rail.fold')}</span>
        </button>
      </Tooltip>
    </nav>
  )
}
