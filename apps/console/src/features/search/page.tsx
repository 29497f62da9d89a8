/** Search over all events that the server keeps: a question, how it spreads over time, and what was found. */
import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { parseEventQuery } from '@rampart/api/event-query'
import { IconColumns3, IconDownload } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { queryString } from '../../api/client.ts'
import { type EventFilter, eventArchiveQuery } from '../../api/event-queries.ts'
import { paths } from '../../api/paths.ts'
import { PageHeader } from '../../parts/page-header.tsx'
import { useFormats } from '../../parts/time.ts'
import { useAnswer } from './answer.ts'
import { Histogram } from './histogram.tsx'
import classes from './page.module.css'
import { Progress } from './progress.tsx'
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
  const order = search.order ?? 'newest'
  const answer = useAnswer(filter, order, isValid)
  const ask = (change: Partial<EventSearch>) => {
    setNow(Date.now())
    answer.goOn()
    void navigate({ to: '/search', search: { ...search, ...change } })
  }
  const columns = search.column ?? columnsDefault
  const newestFirst = { from: filter.to, to: laterOf(filter.from, archive.data?.oldestAt) }
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
        {answer.histogram && (
          <Histogram
            histogram={answer.histogram}
            isCounted={answer.isCounted}
            onZoom={(from, to) => ask({ from, to, last: undefined })}
          />
        )}
        <Results answer={answer} isValid={isValid} columns={columns} search={search} onSearch={ask} />
        {answer.isWorking && (
          <Progress
            {...(order === 'newest' || !answer.isSearching ? newestFirst : filter)}
            at={answer.isSearching ? answer.searchedTo : (answer.histogram?.countedTo ?? null)}
            isCounting={!answer.isSearching}
            onStop={answer.stop}
          />
        )}
      </div>
    </div>
  )
}

/** Where there is nothing before the oldest event, nothing is searched. */
const laterOf = (from: string, oldest: string | null | undefined) => (oldest && oldest > from ? oldest : from)

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
