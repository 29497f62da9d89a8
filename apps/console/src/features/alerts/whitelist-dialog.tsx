/** Whitelists an alert: this alert alone, or with a rule built from its own fields. */
import { Button, Checkbox, Modal } from '@mantine/core'
import type { AlertDetail } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { assetQuery, whitelistFieldsQuery, whitelistRulesQuery } from '../../api/queries.ts'
import { LoadingLines, useErrorWords } from '../../parts/page-states.tsx'
import { showToast } from '../../parts/toast.tsx'
import {
  patternOf,
  type RuleForm,
  useWhitelistPreview,
  WhitelistBuilder,
  WhitelistPreviewPanel,
} from '../../parts/whitelist-builder.tsx'
import classes from './handling-dialog.module.css'

interface DialogProps {
  detail: AlertDetail
  onClose: () => void
  /** Whitelists this alert alone, without a rule. */
  onAlone: () => void
}

const dayMs = 86_400_000
/** Of these fields the first that the alert has makes the first condition. */
const telling = ['process.commandLine', 'file.path', 'web.url', 'sourceAddress', 'entity']

export function WhitelistDialog({ detail, onClose, onAlone }: DialogProps) {
  const { t } = useTranslation('whitelist')
  const fields = useQuery(whitelistFieldsQuery(detail.id))
  return (
    <Modal opened onClose={onClose} title={t('make.title')} size={820} closeButtonProps={{ 'aria-label': t('close') }}>
      {fields.data ? (
        <MakeRule detail={detail} fields={fields.data.items} onClose={onClose} onAlone={onAlone} />
      ) : (
        <LoadingLines lines={8} />
      )}
    </Modal>
  )
}

function MakeRule({
  detail,
  fields,
  onClose,
  onAlone,
}: DialogProps & { fields: { field: string; values: string[] }[] }) {
  const { t } = useTranslation('whitelist')
  const words = useErrorWords()
  const client = useQueryClient()
  const asset = useQuery(assetQuery(detail.asset.id)).data
  const first = telling.map((name) => fields.find((one) => one.field === name)).find(Boolean) ?? fields[0]
  const [form, setForm] = useState<RuleForm>({
    conditions: [{ field: first?.field ?? 'entity', operator: 'equals', value: first?.values[0] ?? '' }],
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
  const failure = make.error && words(make.error)
  const refused = Boolean(preview.data?.refusal)
  // The refusal of a rule as it was says nothing about the rule as it is.
  const { reset } = make
  // biome-ignore lint/correctness/useExhaustiveDependencies: another rule
  useEffect(() => reset(), [form, reset])
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        make.mutate()
      }}
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
      {failure && (
        <p role="alert" className={classes.failure}>
          <strong>{failure.title}</strong> {failure.advice}
        </p>
      )}
      <div className={classes.buttons}>
        <Button variant="subtle" color="gray" onClick={onAlone}>
          {t('make.alone')}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button type="submit" loading={make.isPending} disabled={refused || form.reason.trim() === ''}>
          {t('make.confirm')}
        </Button>
      </div>
    </form>
  )
}
