/** Brute-force defence: the default rule, and rules of single assets. */
import { Button, Checkbox, Select, Switch } from '@mantine/core'
import type { BruteForceRule } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { assetsQuery, bruteForceQuery, sessionQuery } from '../../api/queries.ts'
import { Failure } from '../../parts/failure.tsx'
import classes from '../../parts/page-body.module.css'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'

const services = ['SSH', 'RDP', 'SQL'] as const
const minuteMs = 60_000
const windows = [1, 2, 5, 10, 15]
const failures = [2, 3, 4, 5, 10, 50, 80, 100]
const bans = [5, 15, 30, 60, 120, 360, 720, 1440, 10_080, null]

export function BruteForce() {
  const { t } = useTranslation('response')
  const query = useQuery(bruteForceQuery)
  const assets = useQuery(assetsQuery()).data?.items ?? []
  const mayChange = useQuery(sessionQuery).data?.user.role === 'administrator'
  const [added, setAdded] = useState<string | null>(null)
  if (query.isPending) return <LoadingLines />
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  const own = query.data.assets
  const asset = assets.find(({ id }) => id === added)
  return (
    <>
      <section className={classes.section}>
        <h2>{t('ipRules.bruteForce.default')}</h2>
        {!mayChange && <p className={classes.dim}>{t('ipRules.bruteForce.administrator')}</p>}
        <RuleEditor assetId={null} rule={query.data.default} mayChange={mayChange} />
      </section>
      <section className={classes.section}>
        <h2>{t('ipRules.bruteForce.assets')}</h2>
        {own.length === 0 && <p className={classes.dim}>{t('ipRules.bruteForce.noAssets')}</p>}
        {own.map(({ asset: one, rule }) => (
          <section key={one.id} className={classes.stack} aria-label={one.name}>
            <strong>{one.name}</strong>
            <RuleEditor assetId={one.id} rule={rule} mayChange={mayChange} />
          </section>
        ))}
        {mayChange && (
          <Select
            label={t('ipRules.bruteForce.addAsset')}
            placeholder={t('ipRules.bruteForce.asset')}
            searchable
            maw={360}
            value={added}
            onChange={setAdded}
            data={assets
              .filter(({ id }) => !own.some((one) => one.asset.id === id))
              .map(({ id, name }) => ({ value: id, label: name }))}
          />
        )}
        {asset && <RuleEditor key={asset.id} assetId={asset.id} rule={query.data.default} mayChange isNew />}
      </section>
    </>
  )
}

interface EditorProps {
  /** Null for the default rule. */
  assetId: string | null
  rule: BruteForceRule
  mayChange: boolean
  isNew?: boolean
}

function RuleEditor({ assetId, rule, mayChange, isNew = false }: EditorProps) {
  const { t } = useTranslation('response')
  const client = useQueryClient()
  const [draft, setDraft] = useState(rule)
  const save = useMutation({
    mutationFn: (next: BruteForceRule | null) => call('setBruteForceRule', { body: { asset: assetId, rule: next } }),
    onSuccess: (rules) => client.setQueryData(bruteForceQuery.queryKey, rules),
  })
  const change = (part: Partial<BruteForceRule>) => setDraft({ ...draft, ...part })
  const same = JSON.stringify(draft) === JSON.stringify(rule)
  const banWord = (minutes: number | null) => t(`minutes.${minutes ?? 'none'}`)
  return (
    <form
      className={classes.stack}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(draft)
      }}
    >
      <Switch
        label={t('ipRules.bruteForce.enabled')}
        checked={draft.enabled}
        disabled={!mayChange}
        onChange={(event) => change({ enabled: event.currentTarget.checked })}
      />
      <Checkbox.Group
        label={t('ipRules.bruteForce.services')}
        value={draft.services}
        onChange={(value) => change({ services: services.filter((one) => value.includes(one)) })}
      >
        <div className={classes.row}>
          {services.map((service) => (
            <Checkbox key={service} value={service} label={service} disabled={!mayChange} mt={6} />
          ))}
        </div>
      </Checkbox.Group>
      <div className={classes.row}>
        <Select
          label={t('ipRules.bruteForce.failures')}
          allowDeselect={false}
          disabled={!mayChange}
          value={String(draft.failures)}
          onChange={(value) => change({ failures: Number(value) })}
          data={failures.map(String)}
        />
        <Select
          label={t('ipRules.bruteForce.window')}
          allowDeselect={false}
          disabled={!mayChange}
          value={String(draft.windowMs / minuteMs)}
          onChange={(value) => change({ windowMs: Number(value) * minuteMs })}
          data={windows.map((minutes) => ({ value: String(minutes), label: t('window', { count: minutes }) }))}
        />
        <Select
          label={t('ipRules.bruteForce.ban')}
          allowDeselect={false}
          disabled={!mayChange}
          value={draft.banMs === null ? 'none' : String(draft.banMs / minuteMs)}
          onChange={(value) => change({ banMs: value === 'none' ? null : Number(value) * minuteMs })}
          data={bans.map((minutes) => ({ value: String(minutes ?? 'none'), label: banWord(minutes) }))}
        />
      </div>
      <p className={classes.dim}>
        {t('ipRules.bruteForce.words', {
          failures: draft.failures,
          window: t('window', { count: draft.windowMs / minuteMs }),
          ban: banWord(draft.banMs === null ? null : draft.banMs / minuteMs),
        })}
      </p>
      <Failure error={save.error} />
      {mayChange && (
        <div className={classes.row}>
          <Button type="submit" loading={save.isPending} disabled={same && !isNew}>
            {save.isSuccess && same ? t('ipRules.bruteForce.saved') : t('ipRules.bruteForce.save')}
          </Button>
          {assetId !== null && !isNew && (
            <Button variant="default" onClick={() => save.mutate(null)}>
              {t('ipRules.bruteForce.reset')}
            </Button>
          )}
        </div>
      )}
    </form>
  )
}
