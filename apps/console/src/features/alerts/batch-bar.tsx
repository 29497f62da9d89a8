/** What can be done with the chosen alerts, at the foot of the list. */
import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core'
import type { OperationName } from '@rampart/api'
import { IconChevronDown, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../parts/time.ts'
import classes from './batch-bar.module.css'
import { OperationIcon } from './handling-buttons.tsx'

/** Operations that many alerts can have at once; the first are buttons. */
export const batchOperations = [
  'handled manually',
  'ignore',
  'false positive',
  'add to whitelist',
  'defend without notification',
  'reopen',
  'assign',
  'add note',
] as const satisfies readonly OperationName[]
export type BatchOperation = (typeof batchOperations)[number]
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
        {batchOperations.slice(0, buttons).map((operation) => (
          <Button
            key={operation}
            className={classes.act}
            size="compact-sm"
            variant="default"
            leftSection={<OperationIcon name={operation} />}
            onClick={() => onBatch(operation)}
          >
            {t(`handling.${operation}.name`)}
          </Button>
        ))}
        <Menu position="top-end" width={260}>
          <Menu.Target>
            <Button size="compact-sm" variant="default" rightSection={<IconChevronDown size={13} />}>
              {t('handling.others')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {batchOperations.map((operation) => (
              <Menu.Item
                key={operation}
                leftSection={<OperationIcon name={operation} />}
                onClick={() => onBatch(operation)}
              >
                {t(`handling.${operation}.name`)}
              </Menu.Item>
            ))}
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
