/** What happened, why it matters, what to look at and do, and the things involved. */
import type { AlertDetail } from '@rampart/api'
import {
  IconAlertHexagon,
  IconBox,
  IconFile,
  IconKey,
  IconListCheck,
  IconNetwork,
  IconPoint,
  IconSearch,
  IconServer2,
  IconTerminal2,
  IconUser,
  IconWorld,
} from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../parts/copy-button.tsx'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { FoldedText } from '../../parts/folded-text.tsx'
import { StageNames } from '../../parts/stage-names.tsx'
import { useFormats } from '../../parts/time.ts'
import { ExactTime } from '../../parts/time-text.tsx'
import { BlockAddress } from './block-address.tsx'
import classes from './detail-overview.module.css'
import type { Named } from './whitelist-dialog.tsx'

/** The server closes the summary of a repeated alert with an instant in UTC; it is shown in the reader's zone. */
const closingInstant = /\d{4}-\d\d-\d\dT[\d:.]+Z(?=\.$)/

/** Longest value that a rule takes. */
const whitelistedMax = 4096

const icons: Record<string, typeof IconFile> = {
  process: IconTerminal2,
  file: IconFile,
  address: IconNetwork,
  account: IconUser,
  domain: IconWorld,
  url: IconWorld,
  container: IconBox,
  key: IconKey,
  asset: IconServer2,
  'cloud-identity': IconUser,
  'kubernetes-identity': IconUser,
}

interface OverviewProps {
  detail: AlertDetail
  /** Undefined where the alert cannot be whitelisted. */
  onWhitelist: ((named: Named) => void) | undefined
}

export function DetailOverview({ detail, onWhitelist }: OverviewProps) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  return (
    <div className={classes.sections}>
      <p className={classes.summary}>
        <VisibleText value={detail.summary.replace(closingInstant, (instant) => formats.exact(instant))} />
      </p>
      {detail.why && (
        <Section title={t('overview.why')}>
          <p>{detail.why}</p>
        </Section>
      )}
      {detail.advice.length > 0 && (
        <Section title={t('overview.advice')}>
          <Steps steps={detail.advice} />
        </Section>
      )}
      {detail.triage.length > 0 && (
        <Section title={t('overview.triage')}>
          <Steps steps={detail.triage} />
        </Section>
      )}
      {detail.entities.length > 0 && (
        <Section title={t('overview.entities')}>
          <ul className={classes.entities}>
            {detail.entities.map((entity) => (
              <Entity
                key={`${entity.label} ${entity.kind} ${entity.value}`}
                entity={entity}
                detail={detail}
                onWhitelist={onWhitelist}
              />
            ))}
          </ul>
        </Section>
      )}
      {detail.matched.length > 0 && (
        <Section title={t('overview.matched')}>
          <dl className={classes.matched}>
            {detail.matched.map((match) => (
              <div key={`${match.field} ${match.value}`} className={classes.match}>
                <dt>{match.field}</dt>
                <dd>
                  <FoldedText value={match.value} />
                </dd>
              </div>
            ))}
          </dl>
        </Section>
      )}
      <Section title={t('overview.about')}>
        <dl className={classes.about}>
          <Row name={t('overview.model')}>
            <Link to="/models/$modelId" params={{ modelId: detail.modelId }}>
              {detail.title}
            </Link>
          </Row>
          <Row name={t('column.stage')}>
            <StageNames stages={detail.stages} />
          </Row>
          {detail.techniques.length > 0 && (
            <Row name={t('column.techniques')}>
              {detail.techniques.map((technique) => (
                <Link key={technique} to="/models" search={{ tab: 'list', technique }} className={classes.technique}>
                  {technique}
                </Link>
              ))}
            </Row>
          )}
          {detail.sourceAddress && (
            <Row name={t('column.sourceAddress')}>
              <EvidenceText value={detail.sourceAddress} />
            </Row>
          )}
          <Row name={t('column.firstAt')}>
            <ExactTime at={detail.firstAt} />
          </Row>
          <Row name={t('column.lastAt')}>
            <ExactTime at={detail.lastAt} />
          </Row>
        </dl>
        {detail.description && <p className={classes.dim}>{detail.description}</p>}
      </Section>
      {detail.falsePositives.length > 0 && (
        <Section title={t('overview.falsePositives')}>
          <ul className={classes.plain}>
            {detail.falsePositives.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </Section>
      )}
      {detail.blindSpots && (
        <Section title={t('overview.blindSpots')}>
          <p>{detail.blindSpots}</p>
        </Section>
      )}
      {detail.references.length > 0 && (
        <Section title={t('overview.references')}>
          <ul className={classes.plain}>
            {detail.references.map((reference) => (
              <li key={reference}>
                <Reference address={reference} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <h3 className={classes.heading}>{title}</h3>
      {children}
    </section>
  )
}

function Steps({ steps }: { steps: readonly string[] }) {
  return (
    <ol className={classes.steps}>
      {steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  )
}

function Entity({
  entity: { kind, label, field, value },
  detail,
  onWhitelist,
}: OverviewProps & { entity: AlertDetail['entities'][number] }) {
  const { t } = useTranslation('alerts')
  const { t: word } = useTranslation('vocabulary')
  const Icon = icons[kind] ?? IconPoint
  return (
    <li className={classes.entity}>
      <Icon size={16} stroke={1.7} aria-label={word(`entity.${kind}`)} className={classes.icon} />
      <span className={classes.label}>{t(`overview.label.${label}`, { defaultValue: label })}</span>
      <span className={classes.value}>
        <FoldedText value={value} />
      </span>
      <span className={classes.actions}>
        {kind === 'address' && <BlockAddress detail={detail} address={value} />}
        {onWhitelist && value.length <= whitelistedMax && (
          <button
            type="button"
            className={classes.find}
            aria-label={t('overview.whitelist', { value })}
            title={t('overview.whitelist', { value })}
            onClick={() => onWhitelist({ field, value })}
          >
            <IconListCheck size={15} aria-hidden />
          </button>
        )}
        <Link
          to="/alerts"
          search={{ q: value.slice(0, 256), handled: 'all' }}
          className={classes.find}
          aria-label={t('overview.find', { value })}
          title={t('overview.find', { value })}
        >
          <IconAlertHexagon size={15} aria-hidden />
        </Link>
        <Link
          to="/search"
          search={{ q: quoted(value) }}
          className={classes.find}
          aria-label={t('overview.findEvents', { value })}
          title={t('overview.findEvents', { value })}
        >
          <IconSearch size={15} aria-hidden />
        </Link>
        <CopyButton value={value} small />
      </span>
    </li>
  )
}

/** A value as one phrase of an event query. */
const quoted = (value: string) => `"${value.slice(0, 500).replace(/["\\]/g, '\\$&')}"`

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.row}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** Only web addresses become links. */
function Reference({ address }: { address: string }) {
  if (!/^https?:\/\//i.test(address)) return address
  return (
    <a href={address} target="_blank" rel="noopener noreferrer">
      {address}
    </a>
  )
}
