/** Changes a whitelist rule, with what it would have hidden beside it. */
import type { WhitelistRule } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { whitelistFieldsQuery, whitelistRulesQuery } from '../../api/queries.ts'
import { Dialog, DialogForm } from '../../parts/dialog.tsx'
import {
  patternOf,
  type RuleForm,
  useWhitelistPreview,
  WhitelistBuilder,
  WhitelistPreviewPanel,
} from '../../parts/whitelist-builder.tsx'

const dayMs = 86_400_000

export function EditRule({ rule, onClose }: { rule: WhitelistRule; onClose: () => void }) {
  const { t } = useTranslation('whitelist')
  const client = useQueryClient()
  const [form, setForm] = useState<RuleForm>({
    conditions: rule.conditions,
    about: rule.about,
    on: rule.on,
    days: rule.expiresAt === null ? null : 'kept',
    reason: rule.reason,
  })
  const fields = useQuery({ ...whitelistFieldsQuery(rule.alertId ?? ''), enabled: rule.alertId !== null, retry: false })
  const preview = useWhitelistPreview(form)
  const save = useMutation({
    mutationFn: () =>
      call('changeWhitelistRule', {
        id: rule.id,
        body: {
          ...patternOf(form),
          reason: form.reason,
          ...(form.days !== 'kept' && {
            expiresAt: form.days === null ? null : new Date(Date.now() + form.days * dayMs).toISOString(),
          }),
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: whitelistRulesQuery.queryKey })
      onClose()
    },
  })
  const { on, about } = rule
  return (
    <Dialog title={t('editTitle')} width={820} onClose={onClose}>
      <DialogForm
        action={save}
        onSubmit={() => save.mutate()}
        onCancel={onClose}
        confirm={t('save')}
        disabled={Boolean(preview.data?.refusal) || form.reason.trim() === ''}
      >
        <WhitelistBuilder
          form={form}
          onChange={setForm}
          choices={{
            fields: fields.data?.items ?? [],
            model: 'model' in about ? { id: about.model, title: rule.aboutTitle } : null,
            type: 'type' in about ? about.type : null,
            asset: on !== 'all' && 'asset' in on ? { id: on.asset, name: rule.onName ?? on.asset } : null,
            group: on !== 'all' && 'group' in on ? on.group : null,
          }}
        />
        <WhitelistPreviewPanel query={preview} />
      </DialogForm>
    </Dialog>
  )
}
