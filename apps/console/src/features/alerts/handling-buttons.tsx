/** What can be done with an alert: the usual thing as a button, the rest in a menu, greyed ones with their reason. */
import { Button, Menu } from '@mantine/core'
import type { AlertDetail, Operation, OperationName } from '@rampart/api'
import { IconChevronDown, IconUserPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { sessionQuery } from '../../api/queries.ts'
import { Said } from '../../parts/said.tsx'
import classes from './handling-buttons.module.css'
import { OperationIcon } from './operation-icons.tsx'
import { ResponseMenu } from './response-menu.tsx'
import { useHandling } from './use-handling.ts'

/** The first of these that is offered is the button. */
const usual: readonly OperationName[] = ['handled manually', 'reopen', 'ignore']

export function HandlingButtons({
  detail,
  onHandle,
}: {
  detail: AlertDetail
  onHandle: (name: OperationName) => void
}) {
  const { t } = useTranslation('alerts')
  const me = useQuery(sessionQuery).data?.user.name
  const handling = useHandling(detail)
  const find = (name: OperationName) => detail.operations.find((operation) => operation.name === name)
  const first = usual.find((name) => find(name)?.offered)
  const others = detail.operations.filter(({ name }) => name !== first)
  const assign = find('assign')
  const mine = detail.assignee !== null && detail.assignee === me
  return (
    <div className={classes.buttons}>
      <ResponseMenu detail={detail} />
      {first && (
        <Button variant="default" leftSection={<OperationIcon name={first} />} onClick={() => onHandle(first)}>
          {t(`handling.${wordOf(first)}.name`)}
        </Button>
      )}
      {others.length > 0 && (
        <Menu position="bottom-start" width={300}>
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={14} />}>
              {t('handling.others')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {others.map((operation) => (
              <OperationItem key={operation.name} operation={operation} onHandle={onHandle} />
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {assign?.offered && me && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconUserPlus size={15} />}
          loading={handling.isPending}
          onClick={() => handling.mutate({ operation: 'assign', assignee: mine ? null : me })}
        >
          {mine ? t('handling.unassign') : t('handling.assignToMe')}
        </Button>
      )}
    </div>
  )
}

function OperationItem({ operation, onHandle }: { operation: Operation; onHandle: (name: OperationName) => void }) {
  const { t } = useTranslation('alerts')
  return (
    <Menu.Item
      leftSection={<OperationIcon name={operation.name} />}
      disabled={!operation.offered}
      onClick={() => onHandle(operation.name)}
    >
      {t(`handling.${wordOf(operation.name)}.name`)}
      {!operation.offered && operation.reason && (
        <span className={classes.reason}>
          <Said value={operation.reason} />
        </span>
      )}
    </Menu.Item>
  )
}

/** Key of its words: `handling.undo` says how to undo an operation. */
export const wordOf = (name: OperationName) => (name === 'undo' ? 'undo last' : name)
