/** Search over all events that the server keeps: a question, how it spreads over time, and what was found. */
import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { parseEventQuery } from '@rampart/api/event-query'
import { IconColumns3, IconDownload } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { queryString } from '../../api/client.ts'
import { paths } from '../../api/paths.ts'
import { type EventFilter, eventArchiveQuery, eventsQuery, histogramQuery } from '../../api/queries.ts'
import { PageHeader } from '../../parts/page-header.tsx'
import { useFormats } from '../../parts/time.ts'
import { Histogram } from './histogram.tsx'
import classes from './page.module.css'
import { QueryBar } from './query-bar.tsx'
import { Results } from './results.tsx'
import { columnNames, columnsDefault, type EventSearch, filterOf } from './search.ts'

export function SearchPage() {
  const { t } = useTranslation('search')
  const formats = useFormats()
  const search = useSearch({ from: '/inside/search' })
  const navigate = useNavigate()
  const [now, setNow] = useState(() => Date.now())
  const archive = useQuery(eventArchiveQuery)
  const filter = filterOf(search, now)
  const isValid = parseEventQuery(filter.q ?? '').ok
  const events = useInfiniteQuery({ ...eventsQuery(filter), enabled: isValid })
  const histogram = useQuery({ ...histogramQuery(filter), enabled: isValid })
  const ask = (change: Partial<EventSearch>) => {
    setNow(Date.now())
    void navigate({ to: '/search', search: { ...search, ...change } })
  }
  const columns = search.column ?? columnsDefault
  return (
    <div className={classes.page}>
      <PageHeader
        title={t('title')}
        note={
          archive.data?.oldestAt &&
          t('searchable', {
            count: archive.data.events,
            number: formats.count(archive.data.events),
            since: formats.day(archive.data.oldestAt),
            size: formats.bytes(archive.data.bytes + archive.data.logBytes),
          })
        }
      >
        <Columns columns={columns} onChange={(column) => ask({ column: column as EventSearch['column'] })} />
        <Export filter={filter} disabled={!isValid} />
      </PageHeader>
      {archive.data && archive.data.damagedFiles > 0 && (
        <p className={classes.warning} role="status">
          {t('damaged', { count: archive.data.damagedFiles })}
        </p>
      )}
      <QueryBar search={search} filter={filter} onSearch={ask} />
      <div className={classes.content}>
        {histogram.data && (
          <Histogram histogram={histogram.data} onZoom={(from, to) => ask({ from, to, last: undefined })} />
        )}
        <Results events={events} isValid={isValid} columns={columns} search={search} onSearch={ask} />
      </div>
    </div>
  )
}

function Columns({ columns, onChange }: { columns: readonly string[]; onChange: (columns: string[]) => void }) {
  const { t } = useTranslation('search')
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <Tooltip label={t('columns')}>
          <ActionIcon variant="default" size={30} aria-label={t('columns')}>
            <IconColumns3 size={16} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {columnNames.map((name) => (
          <Menu.Item
            key={name}
            role="menuitemcheckbox"
            aria-checked={columns.includes(name)}
            leftSection={<span className={classes.check} data-on={columns.includes(name)} aria-hidden />}
            onClick={() =>
              onChange(columnNames.filter((one) => (one === name ? !columns.includes(name) : columns.includes(one))))
            }
          >
            {t(`column.${name.replace('.', '-')}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function Export({ filter, disabled }: { filter: EventFilter; disabled: boolean }) {
  const { t } = useTranslation('search')
  const [, path] = paths.exportEvents
  return (
    <Menu position="bottom-end" disabled={disabled}>
      <Menu.Target>
        <Tooltip label={t('export.title')}>
          <ActionIcon variant="default" size={30} disabled={disabled} aria-label={t('export.title')}>
            <IconDownload size={16} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('export.note')}</Menu.Label>
        {(['csv', 'ndjson'] as const).map((format) => (
          <Menu.Item key={format} component="a" href={path + queryString({ ...filter, format })} download>
            {t(`export.${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
