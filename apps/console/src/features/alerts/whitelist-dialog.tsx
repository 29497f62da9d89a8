/** Whitelists an alert: this alert alone, or with a rule built from its own fields. */
import { Button, Checkbox } from '@mantine/core'
import type { AlertDetail } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { assetQuery, whitelistFieldsQuery, whitelistRulesQuery } from '../../api/queries.ts'
import { Dialog, DialogForm } from '../../parts/dialog.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { showToast } from '../../parts/toast.tsx'
import {
  patternOf,
  type RuleForm,
  useWhitelistPreview,
  WhitelistBuilder,
  WhitelistPreviewPanel,
} from '../../parts/whitelist-builder.tsx'
import classes from './handling-dialog.module.css'

/** A thing that the alert names, as a rule asks for it. */
export interface Named {
  field: string
  value: string
}

interface DialogProps {
  detail: AlertDetail
  /** What the rule asks for at first; undefined: what tells most about the alert. */
  about: Named | undefined
  onClose: () => void
  /** Whitelists this alert alone, without a rule. */
  onAlone: () => void
}

const dayMs = 86_400_000
/** Of these fields the first that the alert has makes the first condition. */
const telling = ['process.commandLine', 'file.path', 'web.url', 'sourceAddress', 'entity']

export function WhitelistDialog({ detail, about, onClose, onAlone }: DialogProps) {
  const { t } = useTranslation('whitelist')
  const fields = useQuery(whitelistFieldsQuery(detail.id))
  return (
    <Dialog title={t('make.title')} width={820} onClose={onClose}>
      {fields.data ? (
        <MakeRule detail={detail} about={about} fields={fields.data.items} onClose={onClose} onAlone={onAlone} />
      ) : fields.error ? (
        <ErrorState error={fields.error} onRetry={() => void fields.refetch()} />
      ) : (
        <LoadingLines lines={8} />
      )}
    </Dialog>
  )
}

function MakeRule({
  detail,
  about,
  fields,
  onClose,
  onAlone,
}: DialogProps & { fields: { field: string; values: string[] }[] }) {
  const { t } = useTranslation('whitelist')
  const client = useQueryClient()
  const asset = useQuery(assetQuery(detail.asset.id)).data
  const first = telling.map((name) => fields.find((one) => one.field === name)).find(Boolean) ?? fields[0]
  const named = about ?? { field: first?.field ?? 'entity', value: first?.values[0] ?? '' }
  const [form, setForm] = useState<RuleForm>({
    conditions: [{ ...named, operator: 'equals' }],
    about: { model: detail.modelId },
    on: { asset: detail.asset.id },
    days: null,
    reason: '',
  })
  const [also, setAlso] = useState(true)
  const preview = useWhitelistPreview(form)
  const others = preview.data?.matchedOpen ?? 0
  const make = useMutation({
    mutationFn: () =>
      call('createWhitelistRule', {
        body: {
          ...patternOf(form),
          reason: form.reason,
          expiresAt: typeof form.days === 'number' ? new Date(Date.now() + form.days * dayMs).toISOString() : null,
          alertId: detail.id,
          alsoMatching: also,
        },
      }),
    onSuccess: ({ rule, batch }) => {
      const renew = () => {
        for (const queryKey of [['alert'], ['alerts'], whitelistRulesQuery.queryKey])
          void client.invalidateQueries({ queryKey })
      }
      renew()
      showToast({
        words: t('make.done'),
        action: {
          words: t('undo'),
          act: () =>
            void Promise.all([
              call('deleteWhitelistRule', { id: rule.id }),
              batch && call('undoBatch', { id: batch.id }),
            ]).finally(renew),
        },
      })
      onClose()
    },
  })
  const refused = Boolean(preview.data?.refusal)
  // The refusal of a rule as it was says nothing about the rule as it is.
  const { reset } = make
  // biome-ignore lint/correctness/useExhaustiveDependencies: another rule
  useEffect(() => reset(), [form, reset])
  return (
    <DialogForm
      action={make}
      onSubmit={() => make.mutate()}
      onCancel={onClose}
      confirm={t('make.confirm')}
      disabled={refused || form.reason.trim() === ''}
      buttons={
        <Button variant="subtle" color="gray" onClick={onAlone}>
          {t('make.alone')}
        </Button>
      }
    >
      <p className={classes.dim}>{t('make.words')}</p>
      <WhitelistBuilder
        form={form}
        onChange={setForm}
        choices={{
          fields,
          model: { id: detail.modelId, title: detail.title },
          type: detail.type,
          asset: detail.asset,
          group: asset?.group ?? null,
        }}
      />
      <WhitelistPreviewPanel query={preview} />
      <Checkbox
        label={t('make.also', { count: others })}
        checked={also}
        onChange={(event) => setAlso(event.currentTarget.checked)}
      />
    </DialogForm>
  )
}
