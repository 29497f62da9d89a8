/** Switches for language and colours, as they stand in the top bar and on the sign-in page. */
import { ActionIcon, Menu, Tooltip, useMantineColorScheme } from '@mantine/core'
import { IconCheck, IconDeviceDesktop, IconLanguage, IconMoon, IconSun } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { changeLanguage, type Language, languages } from '../messages/index.ts'

/** Each language in its own words, whichever is shown. */
export const languageNames: Record<Language, string> = { en: 'English', zh: '中文' }
export const themes = ['auto', 'light', 'dark'] as const

export function LanguageSwitch() {
  const { t, i18n } = useTranslation('parts')
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label={t('language')}>
          <ActionIcon aria-label={t('language')}>
            <IconLanguage size={18} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {languages.map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            onClick={() => void changeLanguage(language)}
            rightSection={i18n.language === language && <IconCheck size={14} />}
          >
            {languageNames[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

export function ThemeSwitch() {
  const { t } = useTranslation('parts')
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const icons = { auto: <IconDeviceDesktop size={16} />, light: <IconSun size={16} />, dark: <IconMoon size={16} /> }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Tooltip label={t('theme.label')}>
          <ActionIcon aria-label={t('theme.label')}>
            {colorScheme === 'auto' ? <IconDeviceDesktop size={18} /> : icons[colorScheme]}
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {themes.map((name) => (
          <Menu.Item
            key={name}
            leftSection={icons[name]}
            onClick={() => setColorScheme(name)}
            rightSection={colorScheme === name && <IconCheck size={14} />}
          >
            {t(`theme.${name}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
