/** What can be done with the chosen alerts, at the foot of the list. */
import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core'
import { IconChevronDown, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../parts/time.ts'
import classes from './batch-bar.module.css'
import {
  type BatchOperation,
  batchDecisions,
  isResponse,
  useBatchOperations,
  useBatchWords,
} from './batch-operations.ts'
import { OperationIcon } from './operation-icons.tsx'

const buttons = 2

interface BarProps {
  count: number
  /** How many the filters find, when not all of them are chosen yet. */
  more: number | undefined
  onWhole: () => void
  onClear: () => void
  onBatch: (operation: BatchOperation) => void
}

export function BatchBar({ count, more, onWhole, onClear, onBatch }: BarProps) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const words = useBatchWords()
  const operations = useBatchOperations()
  const items = (list: readonly BatchOperation[]) =>
    list.map((operation) => (
      <Menu.Item key={operation} leftSection={<OperationIcon name={operation} />} onClick={() => onBatch(operation)}>
        {words(operation).name}
      </Menu.Item>
    ))
  return (
    <section className={classes.bar} aria-label={t('batch.bar')}>
      <span className={classes.count} aria-live="polite">
        {t('batch.chosen', { count, number: formats.count(count) })}
      </span>
      {more !== undefined && (
        <Button variant="subtle" size="compact-sm" onClick={onWhole}>
          {t('batch.chooseWhole', { number: formats.count(more) })}
        </Button>
      )}
      <span className={classes.acts}>
        {batchDecisions.slice(0, buttons).map((operation) => (
          <Button
            key={operation}
            className={classes.act}
            size="compact-sm"
            variant="default"
            leftSection={<OperationIcon name={operation} />}
            onClick={() => onBatch(operation)}
          >
            {words(operation).name}
          </Button>
        ))}
        <Menu position="top-end" width={260}>
          <Menu.Target>
            <Button size="compact-sm" variant="default" rightSection={<IconChevronDown size={13} />}>
              {t('handling.others')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {items(batchDecisions)}
            {operations.some(isResponse) && (
              <>
                <Menu.Divider />
                <Menu.Label>{t('batch.onAssets')}</Menu.Label>
                {items(operations.filter(isResponse))}
              </>
            )}
          </Menu.Dropdown>
        </Menu>
        <Tooltip label={t('batch.clear')}>
          <ActionIcon size={26} aria-label={t('batch.clear')} onClick={onClear}>
            <IconX size={15} />
          </ActionIcon>
        </Tooltip>
      </span>
    </section>
  )
}
