/** The frame of the settings: their pages as a bar above the one that is open. */
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { sessionQuery } from '../api/queries.ts'
import classes from './settings-layout.module.css'
import { settingsPagesOf } from './settings-pages.ts'

export function SettingsLayout() {
  const { t } = useTranslation('shell')
  const role = useQuery(sessionQuery).data?.user.role
  return (
    <>
      <nav className={classes.bar} aria-label={t('settings.label')}>
        <ul className={classes.list}>
          {settingsPagesOf(role).map((page) => (
            <li key={page.name}>
              <Link
                to={page.to}
                className={classes.item}
                activeOptions={{ exact: true }}
                activeProps={{ 'data-active': true }}
              >
                <page.icon size={16} stroke={1.7} aria-hidden />
                {t(`settings.${page.name}`)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Outlet />
    </>
  )
}
