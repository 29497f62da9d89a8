/** Own API tokens: what they may do, when they were used, making and revoking them. */
import { Button, VisuallyHidden } from '@mantine/core'
import type { ApiToken } from '@rampart/api'
import { IconPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { accountQuery, tokensQuery } from '../../api/queries.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Dialog, DialogBody, DialogButtons, DialogForm } from '../../parts/dialog.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { Section } from '../../parts/section.tsx'
import table from '../../parts/table.module.css'
import { useFormats, useNow } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import { NewToken } from './new-token.tsx'
import classes from './page.module.css'

type Open = { panel: 'make' } | { panel: 'made'; title: string; text: string } | { panel: 'revoke'; token: ApiToken }

export function ApiTokens() {
  const { t } = useTranslation('account')
  const client = useQueryClient()
  const tokens = useQuery(tokensQuery)
  const [open, setOpen] = useState<Open | null>(null)
  const refresh = () => {
    for (const { queryKey } of [tokensQuery, accountQuery]) void client.invalidateQueries({ queryKey })
  }
  const close = () => setOpen(null)
  const revoke = useMutation({
    mutationFn: (id: string) => call('revokeToken', { id }),
    onSuccess: () => {
      refresh()
      close()
    },
  })
  return (
    <Section title={t('tokens.title')} words={t('tokens.words')}>
      <div className={classes.actions}>
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setOpen({ panel: 'make' })}>
          {t('tokens.make')}
        </Button>
      </div>
      {tokens.isPending && <LoadingLines lines={3} />}
      {tokens.error && <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data?.items.length === 0 && <p>{t('tokens.none')}</p>}
      {tokens.data && tokens.data.items.length > 0 && (
        <TokenTable tokens={tokens.data.items} onRevoke={(token) => setOpen({ panel: 'revoke', token })} />
      )}
      {open?.panel === 'make' && (
        <Dialog title={t('tokens.make')} onClose={close}>
          <NewToken
            onCancel={close}
            onMade={({ token, text }) => {
              refresh()
              setOpen({ panel: 'made', title: token.title, text })
            }}
          />
        </Dialog>
      )}
      {open?.panel === 'made' && (
        <Dialog title={t('tokens.made', { title: open.title })} onClose={close}>
          <DialogBody>
            <p role="status">{t('tokens.once')}</p>
            <p className={classes.secret}>
              <code>{open.text}</code> <CopyButton value={open.text} />
            </p>
            <DialogButtons>
              <Button onClick={close}>{t('tokens.kept')}</Button>
            </DialogButtons>
          </DialogBody>
        </Dialog>
      )}
      {open?.panel === 'revoke' && (
        <Dialog title={t('tokens.revoke')} onClose={close}>
          <DialogForm
            action={revoke}
            onSubmit={() => revoke.mutate(open.token.id)}
            onCancel={close}
            confirm={t('tokens.revoke')}
            danger
            focusConfirm
          >
            <p>{t('tokens.revokeWords', { title: open.token.title })}</p>
          </DialogForm>
        </Dialog>
      )}
    </Section>
  )
}

function TokenTable({ tokens, onRevoke }: { tokens: readonly ApiToken[]; onRevoke: (token: ApiToken) => void }) {
  const { t } = useTranslation('account')
  const { t: shell } = useTranslation('shell')
  const now = useNow()
  const formats = useFormats()
  return (
    <div className={classes.list}>
      <table className={table.table}>
        <thead>
          <tr>
            {(['name', 'role', 'groups', 'expires', 'used'] as const).map((column) => (
              <th key={column} scope="col">
                {t(`tokens.${column}`)}
              </th>
            ))}
            <th scope="col">
              <VisuallyHidden>{t('tokens.actions')}</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => {
            const over = Date.parse(token.expiresAt) <= now
            return (
              <tr key={token.id}>
                <td className={table.main}>
                  <VisibleText value={token.title} />
                </td>
                <td data-label={t('tokens.role')}>{shell(`role.${token.role}`)}</td>
                <td data-label={t('tokens.groups')}>{token.groups?.join(', ') ?? t('tokens.likeMine')}</td>
                <td data-label={t('tokens.expires')} title={formats.exact(token.expiresAt)}>
                  {over ? (
                    <span className={classes.over}>{t('tokens.over')}</span>
                  ) : (
                    <RelativeTime at={token.expiresAt} />
                  )}
                </td>
                <td data-label={t('tokens.used')}>
                  {token.usedAt ? (
                    <>
                      <RelativeTime at={token.usedAt} /> · {token.usedFrom}
                    </>
                  ) : (
                    t('never')
                  )}
                </td>
                <td>
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={t('tokens.revokeOf', { title: token.title })}
                    onClick={() => onRevoke(token)}
                  >
                    {t('tokens.revoke')}
                  </Button>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
