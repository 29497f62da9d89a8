/** The agent of one server: certificate, spool with what it gave up and why, its settings, and the ways to end it. */
import { Button, NumberInput } from '@mantine/core'
import type { AssetDetail } from '@rampart/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { sessionQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { useErrorWords } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { ExactTime } from '../../parts/time-text.tsx'
import { type AgentAct, AgentDialog } from './agent-dialog.tsx'
import classes from './agent-section.module.css'
import { Fact, Facts } from './facts.tsx'
import { UninstallAgents } from './uninstall-agents.tsx'
import { UpgradeAgents } from './upgrade-agents.tsx'

const acts: readonly AgentAct[] = ['revoke', 'uninstall', 'remove']
/** What an agent takes when nothing else is set, megabytes. */
const defaultSpool = 256

export function AgentSection({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation('assets')
  const mayChange = useQuery(sessionQuery).data?.user.role === 'administrator'
  const [act, setAct] = useState<AgentAct | null>(null)
  const [upgrading, setUpgrading] = useState(false)
  const [uninstalling, setUninstalling] = useState(false)
  const { certificate } = asset
  const isRevoked = certificate !== null && certificate.revokedAt !== null
  return (
    <section className={classes.section} aria-labelledby="agent-heading">
      <h2 id="agent-heading" className={classes.heading}>
        {t('agent.title')}
      </h2>
      {asset.copied !== null && (
        <p role="alert" className={classes.copied}>
          <strong>{t('agent.copied')}</strong> <VisibleText value={asset.copied} />. {t('agent.copiedAdvice')}
        </p>
      )}
      <Facts wide>
        <Fact name={t('agent.certificate')}>
          {certificate === null && t('none')}
          {certificate !== null && isRevoked && (
            <span data-bad>
              {t('agent.revoked')} <ExactTime at={certificate.revokedAt ?? ''} />
              {certificate.revokedFor !== null && (
                <>
                  : <VisibleText value={certificate.revokedFor} />
                </>
              )}
            </span>
          )}
          {certificate !== null && !isRevoked && (
            <>
              {t('agent.validUntil')} <ExactTime at={certificate.expiresAt} />
              <div className={classes.dim}>{t('agent.renews')}</div>
            </>
          )}
        </Fact>
        <Fact name={t('agent.dropped')}>
          <Dropped dropped={asset.spool?.dropped ?? {}} />
        </Fact>
        <Fact name={t('agent.spool')}>
          <SpoolRoom key={asset.spoolMegabytes} asset={asset} mayChange={mayChange} />
        </Fact>
      </Facts>
      <div className={classes.buttons}>
        {asset.agent.upgrade !== null && (
          <Button
            size="xs"
            disabled={!mayChange}
            title={mayChange ? undefined : t('agent.notAllowed')}
            onClick={() => setUpgrading(true)}
          >
            {t('upgrade.button')} ({asset.agent.upgrade})
          </Button>
        )}
        {acts.map((name) => (
          <Button
            key={name}
            variant="default"
            size="xs"
            disabled={!mayChange || (name !== 'remove' && (certificate === null || isRevoked))}
            title={
              mayChange
                ? isRevoked && name !== 'remove'
                  ? t('agent.revokedAlready')
                  : undefined
                : t('agent.notAllowed')
            }
            onClick={() => (name === 'uninstall' ? setUninstalling(true) : setAct(name))}
          >
            {t(`agent.${name}.button`)}
          </Button>
        ))}
      </div>
      {upgrading && <UpgradeAgents assets={[asset]} onClose={() => setUpgrading(false)} />}
      {uninstalling && (
        <UninstallAgents
          assets={[asset]}
          onClose={() => setUninstalling(false)}
          onToken={() => {
            setUninstalling(false)
            setAct('uninstall')
          }}
        />
      )}
      {act && <AgentDialog asset={asset} act={act} onClose={() => setAct(null)} />}
    </section>
  )
}

/** Counts by `<event type>:<reason>`, most first. */
function Dropped({ dropped }: { dropped: Record<string, number> }) {
  const { t } = useTranslation('assets')
  const formats = useFormats()
  const rows = Object.entries(dropped)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
  if (rows.length === 0) return t('agent.nothingDropped')
  return (
    <ul className={classes.dropped}>
      {rows.map(([key, count]) => {
        const [type = '', reason = ''] = key.split(':')
        return (
          <li key={key}>
            <span data-bad>{formats.count(count)}</span> <VisibleText value={type} />
            {reason !== '' && (
              <span className={classes.dim}> · {t(`agent.dropReason.${reason}`, { defaultValue: reason })}</span>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function SpoolRoom({ asset, mayChange }: { asset: AssetDetail; mayChange: boolean }) {
  const { t } = useTranslation('assets')
  const words = useErrorWords()
  const client = useQueryClient()
  const [megabytes, setMegabytes] = useState(asset.spoolMegabytes ?? defaultSpool)
  const save = useMutation({
    mutationFn: () =>
      call('setAgentSettings', {
        id: asset.id,
        body: { spoolMegabytes: megabytes === defaultSpool ? null : megabytes },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['assets', 'one', asset.id] }),
  })
  const isChanged = megabytes !== (asset.spoolMegabytes ?? defaultSpool)
  return (
    <form
      className={classes.room}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <NumberInput
        aria-label={t('agent.spool')}
        size="xs"
        value={megabytes}
        min={16}
        max={65_536}
        step={64}
        suffix=" MB"
        disabled={!mayChange}
        onChange={(value) => typeof value === 'number' && setMegabytes(Math.round(value))}
      />
      {isChanged && (
        <Button type="submit" size="xs" loading={save.isPending}>
          {t('agent.save')}
        </Button>
      )}
      <span className={classes.dim}>{save.error ? words(save.error).title : t('agent.spoolWords')}</span>
    </form>
  )
}
