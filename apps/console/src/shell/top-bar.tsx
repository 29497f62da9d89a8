/** The top bar: search, whether the page is live, language, colours, who is signed in. */
import { ActionIcon, Menu, Tooltip, UnstyledButton } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconChevronDown, IconKeyboard, IconLogout, IconSearch, IconSettings, IconUser } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { call } from '../api/client.ts'
import { useLiveState } from '../api/live.tsx'
import { sessionQuery } from '../api/queries.ts'
import { LanguageSwitch, ThemeSwitch } from '../parts/switches.tsx'
import { Wordmark } from '../parts/wordmark.tsx'
import classes from './top-bar.module.css'

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

export function TopBar({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }) {
  const { t } = useTranslation('shell')
  useHotkeys([['mod+K', onSearch]], [])
  return (
    <header className={classes.bar}>
      <Link to="/alerts" className={classes.brand}>
        <Wordmark words={false} />
      </Link>
      <UnstyledButton className={classes.search} onClick={onSearch}>
        <IconSearch size={15} aria-hidden />
        <span className={classes.searchWords}>{t('search.prompt')}</span>
        <kbd className={classes.key} aria-hidden>
          {isApple ? '⌘K' : t('search.key')}
        </kbd>
      </UnstyledButton>
      <span className={classes.space} />
      <LiveDot />
      <span className={classes.wide}>
        <Tooltip label={t('shortcuts.title')}>
          <ActionIcon onClick={onHelp} aria-label={t('shortcuts.title')}>
            <IconKeyboard size={18} />
          </ActionIcon>
        </Tooltip>
      </span>
      <LanguageSwitch />
      <ThemeSwitch />
      <UserMenu />
    </header>
  )
}

function LiveDot() {
  const { t } = useTranslation('shell')
  const state = useLiveState()
  return (
    <Tooltip label={t(`live.${state}.advice`)} multiline maw={280}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its tooltip says what the state means */}
      <span className={classes.live} data-state={state} role="status" tabIndex={0}>
        <span className={classes.dot} aria-hidden />
        <span className={classes.liveWords}>{t(`live.${state}.name`)}</span>
      </span>
    </Tooltip>
  )
}

function UserMenu() {
  const { t } = useTranslation('shell')
  const router = useRouter()
  const client = useQueryClient()
  const session = useQuery(sessionQuery)
  const signOut = useMutation({
    mutationFn: () => call('signOut'),
    onSettled: async () => {
      client.clear()
      await router.navigate({ to: '/sign-in' })
    },
  })
  if (!session.data) return null
  const { name, role } = session.data.user
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <UnstyledButton className={classes.user} aria-label={t('user.menu', { name })}>
          <IconUser size={16} aria-hidden />
          <span className={classes.userName}>{name}</span>
          <IconChevronDown size={13} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {name} · {t(`role.${role}`)}
        </Menu.Label>
        <Menu.Item leftSection={<IconUser size={16} />} component={Link} to="/settings/account">
          {t('settings.account')}
        </Menu.Item>
        <Menu.Item leftSection={<IconSettings size={16} />} component={Link} to="/settings">
          {t('page.settings')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
          {t('user.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
