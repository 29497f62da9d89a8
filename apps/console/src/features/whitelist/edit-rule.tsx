/** Changes a whitelist rule, with what it would have hidden beside it. */
import { Button, Modal } from '@mantine/core'
import type { WhitelistRule } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { whitelistFieldsQuery, whitelistRulesQuery } from '../../api/queries.ts'
import { useErrorWords } from '../../parts/page-states.tsx'
import {
  patternOf,
  type RuleForm,
  useWhitelistPreview,
  WhitelistBuilder,
  WhitelistPreviewPanel,
} from '../../parts/whitelist-builder.tsx'
import classes from './page.module.css'

const dayMs = 86_400_000

export function EditRule({ rule, onClose }: { rule: WhitelistRule; onClose: () => void }) {
  const { t } = useTranslation('whitelist')
  const words = useErrorWords()
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
  const failure = save.error && words(save.error)
  const { on, about } = rule
  return (
    <Modal opened onClose={onClose} title={t('editTitle')} size={820} closeButtonProps={{ 'aria-label': t('close') }}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
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
        {failure && (
          <p role="alert" className={classes.failure}>
            <strong>{failure.title}</strong> {failure.advice}
          </p>
        )}
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button
            type="submit"
            loading={save.isPending}
            disabled={Boolean(preview.data?.refusal) || form.reason.trim() === ''}
          >
            {t('save')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
