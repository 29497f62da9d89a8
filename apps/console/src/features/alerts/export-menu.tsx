/** Takes alerts away as a file: those that are chosen, else all that the filters find. */
import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { queryString } from '../../api/client.ts'
import { paths } from '../../api/paths.ts'
import { absolute } from '../../api/queries.ts'
import { useFormats } from '../../parts/time.ts'
import { type AlertSearch, filterOf } from './search.ts'

/** More ids do not fit into an address. */
const idsMax = 200

interface Props {
  search: AlertSearch
  /** Ids of chosen alerts; empty for what the filters find. */
  chosen: ReadonlySet<string>
  total: number | undefined
}

export function ExportMenu({ search, chosen, total = 0 }: Props) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const ids = chosen.size <= idsMax ? [...chosen] : []
  const count = ids.length > 0 ? ids.length : total
  const query = ids.length > 0 ? { id: ids } : absolute(filterOf(search))
  const [, path] = paths.exportAlerts
  return (
    <Menu position="bottom-end" disabled={count === 0}>
      <Menu.Target>
        <Tooltip label={t('export.title')}>
          <ActionIcon variant="default" size={30} disabled={count === 0} aria-label={t('export.title')}>
            <IconDownload size={16} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {t(ids.length > 0 ? 'export.chosen' : 'export.found', { count, number: formats.count(count) })}
        </Menu.Label>
        {(['csv', 'ndjson', 'ocsf'] as const).map((format) => (
          <Menu.Item key={format} component="a" href={path + queryString({ ...query, format })} download>
            {t(`export.${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
