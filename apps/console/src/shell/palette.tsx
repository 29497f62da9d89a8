/** The command palette: pages, assets, alerts and models by a few letters. */
import { Modal } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { visibleText } from '@rampart/api/visible-text'
import { IconAlertHexagon, IconSearch, IconServer2, IconShieldSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { alertSearchQuery, assetsQuery, modelsQuery, sessionQuery } from '../api/queries.ts'
import { LevelMark } from '../parts/level-mark.tsx'
import { pages } from './pages.ts'
import classes from './palette.module.css'
import { settingsPagesOf } from './settings-pages.ts'

interface Choice {
  key: string
  group: string
  icon: ReactNode
  words: string
  detail?: string
  go: () => void
}
const perGroup = 6

export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('shell')
  const [text, setText] = useState('')
  const [marked, setMarked] = useState(0)
  const choices = useChoices(text.trim())
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const at = Math.min(marked, choices.length - 1)

  useEffect(() => {
    list.current?.querySelector(`[data-place="${at}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [at])

  const choose = (choice: Choice | undefined) => {
    if (!choice) return
    onClose()
    choice.go()
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step && choices.length > 0) {
      event.preventDefault()
      setMarked((at + step + choices.length) % choices.length)
    }
    if (event.key === 'Enter') {
      event.preventDefault()
      choose(choices[at])
    }
  }
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      yOffset="12vh"
      size={620}
      title={t('search.label')}
      classNames={{ header: 'sr-only' }}
    >
      <div className={classes.field}>
        <IconSearch size={18} aria-hidden />
        <input
          data-autofocus
          className={classes.input}
          role="combobox"
          aria-expanded
          aria-controls={id}
          aria-activedescendant={choices[at] ? `${id}-${at}` : undefined}
          aria-label={t('search.label')}
          placeholder={t('search.placeholder')}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setMarked(0)
          }}
          onKeyDown={press}
        />
      </div>
      <div className={classes.list} id={id} role="listbox" aria-label={t('search.results')} ref={list}>
        {choices.map((choice, place) => (
          <div key={choice.key} role="presentation">
            {choices[place - 1]?.group !== choice.group && (
              <div className={classes.group} role="presentation">
                {choice.group}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the input, as comboboxes do */}
            <div
              id={`${id}-${place}`}
              data-place={place}
              role="option"
              tabIndex={-1}
              aria-selected={place === at}
              className={classes.choice}
              onMouseMove={() => place !== at && setMarked(place)}
              onClick={() => choose(choice)}
            >
              <span className={classes.icon}>{choice.icon}</span>
              <span className={classes.words}>{choice.words}</span>
              {choice.detail && <span className={classes.detail}>{choice.detail}</span>}
            </div>
          </div>
        ))}
      </div>
      {choices.length === 0 && <p className={classes.none}>{t('search.none')}</p>}
    </Modal>
  )
}

function useChoices(text: string): Choice[] {
  const { t } = useTranslation('shell')
  const navigate = useNavigate()
  const [typed] = useDebouncedValue(text, 150)
  const asked = typed.length >= 2
  const alerts = useQuery({ ...alertSearchQuery({ q: typed, handled: 'all', limit: perGroup }), enabled: asked }).data
  const assets = useQuery({
    ...assetsQuery({ q: typed, limit: perGroup }),
    enabled: asked,
    refetchInterval: false,
  }).data
  const models = useQuery(modelsQuery).data
  const role = useQuery(sessionQuery).data?.user.role
  const lower = text.toLowerCase()
  const has = (words: string) => words.toLowerCase().includes(lower)

  const found: Choice[] = pages
    .filter((page) => has(t(`page.${page.name}`)) || has(page.name))
    .map((page) => ({
      key: page.name,
      group: t('search.pages'),
      icon: <page.icon size={17} stroke={1.7} />,
      words: t(`page.${page.name}`),
      go: () => void navigate({ to: page.to }),
    }))
  if (lower.length < 2) return found
  for (const page of settingsPagesOf(role)) {
    const words = t(`settings.${page.name}`)
    if (!has(words) && !has(page.name) && !has(t('page.settings'))) continue
    found.push({
      key: `settings ${page.name}`,
      group: t('page.settings'),
      icon: <page.icon size={17} stroke={1.7} />,
      words,
      go: () => void navigate({ to: page.to }),
    })
  }
  for (const asset of asked ? (assets?.items ?? []) : []) {
    found.push({
      key: `asset ${asset.id}`,
      group: t('page.assets'),
      icon: <IconServer2 size={17} stroke={1.7} />,
      words: visibleText(asset.name),
      detail: asset.addresses[0] ?? '',
      go: () => void navigate({ to: '/assets/$assetId', params: { assetId: asset.id } }),
    })
  }
  for (const alert of asked ? (alerts?.items ?? []) : []) {
    found.push({
      key: `alert ${alert.id}`,
      group: t('page.alerts'),
      icon: <LevelMark level={alert.level} />,
      words: alert.title,
      detail: `${visibleText(alert.asset.name)} · ${visibleText(alert.entity.value)}`,
      go: () => void navigate({ to: '/alerts/$alertId', params: { alertId: alert.id } }),
    })
  }
  if (asked && alerts && alerts.total > alerts.items.length) {
    found.push({
      key: 'all alerts',
      group: t('page.alerts'),
      icon: <IconAlertHexagon size={17} stroke={1.7} />,
      words: t('search.allAlerts', { count: alerts.total }),
      go: () => void navigate({ to: '/alerts', search: { q: typed, handled: 'all' } }),
    })
  }
  const matching = (models?.items ?? []).filter(
    (model) => has(model.title) || has(model.slug) || model.techniques.some((technique) => has(technique)),
  )
  for (const model of matching.slice(0, perGroup)) {
    found.push({
      key: `model ${model.id}`,
      group: t('page.models'),
      icon: <IconShieldSearch size={17} stroke={1.7} />,
      words: model.title,
      detail: model.techniques.join(' '),
      go: () => void navigate({ to: '/models/$modelId', params: { modelId: model.id } }),
    })
  }
  return found
}
