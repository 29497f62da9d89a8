/** The frame around every page: rail, top bar, banners, command palette, shortcuts. */
import { useMediaQuery } from '@mantine/hooks'
import { Outlet, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { LiveProvider } from '../api/live.tsx'
import { usePreference } from '../parts/preference.ts'
import { type KeyMap, useShortcuts } from '../parts/shortcut.ts'
import { Toasts } from '../parts/toast.tsx'
import { Banners } from './banners.tsx'
import { pages } from './pages.ts'
import { Rail } from './rail.tsx'
import classes from './shell.module.css'
import { TopBar } from './top-bar.tsx'

const Palette = lazy(() => import('./palette.tsx').then(({ Palette }) => ({ default: Palette })))
const ShortcutHelp = lazy(() => import('./shortcut-help.tsx'))

export function Shell() {
  const { t } = useTranslation('shell')
  const navigate = useNavigate()
  const narrow = useMediaQuery('(max-width: 1199px)', false, { getInitialValueInEffect: false })
  const [folded, setFolded] = usePreference<boolean | undefined>('rail.folded', undefined)
  const [open, setOpen] = useState<'palette' | 'help' | undefined>()
  const isFolded = folded ?? narrow

  const keys: KeyMap = {
    '/': () => setOpen('palette'),
    '?': () => setOpen('help'),
    '[': () => setFolded(!isFolded),
  }
  for (const page of pages) keys[`g ${page.letter}`] = () => void navigate({ to: page.to })
  useShortcuts(keys)

  return (
    <LiveProvider>
      <div className={classes.shell} data-folded={isFolded}>
        <a className={classes.skip} href="#content">
          {t('skip')}
        </a>
        <Rail folded={isFolded} onFold={() => setFolded(!isFolded)} />
        <div className={classes.main}>
          <TopBar onSearch={() => setOpen('palette')} onHelp={() => setOpen('help')} />
          <Banners />
          <main id="content" className={classes.content} tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
      <Toasts />
      {/* Mantine opens menus, lists and dialogs in here: a landmark, as everything on a page has to lie in one. */}
      <section data-mantine-shared-portal-node aria-label={t('overlays')} />
      <Suspense>
        {open === 'palette' && <Palette onClose={() => setOpen(undefined)} />}
        {open === 'help' && <ShortcutHelp onClose={() => setOpen(undefined)} />}
      </Suspense>
    </LiveProvider>
  )
}
