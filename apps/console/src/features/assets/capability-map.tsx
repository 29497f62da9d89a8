/** What one server's agent can see and block, and of everything missing why and what to do. From the health of its sensors. */
import type { SensorStatus } from '@rampart/api'
import { useTranslation } from 'react-i18next'
import { VisibleText } from '../../parts/evidence-text.tsx'
import classes from './capability-map.module.css'

const ladderName = 'host.ladder'
const rungs = ['lsm', 'ebpf', 'fanotify', 'tracefs', 'polling'] as const
const blocks = ['process-start', 'file-change', 'connection'] as const
type State = 'inUse' | 'works' | 'weaker' | 'fails' | 'spare'

interface Row {
  key: string
  name: string
  plain: boolean
  state: State
  by?: string
  reason: string | null
  advice: string | null
}

/** The sensor that sees nothing itself but says which way of seeing is in use. */
export const isLadder = (sensor: SensorStatus) => sensor.sensor === ladderName

export function CapabilityMap({ sensors }: { sensors: readonly SensorStatus[] }) {
  const { t } = useTranslation('assets')
  const ladder = sensors.find(isLadder)
  const used = rungs.find((rung) => ladder?.capabilities[`rung.${rung}`]?.works)
  const ways = useRungs(ladder, used)
  const acts = useBlocks(ladder)
  const events = useEvents(sensors)
  return (
    <section aria-label={t('capability.title')}>
      <h2 className={classes.heading}>{t('capability.title')}</h2>
      <p className={classes.rung}>
        {used
          ? t('capability.runs', { number: rungs.indexOf(used) + 1, name: t(`capability.rung.${used}`) })
          : t('capability.unknown')}
      </p>
      <div className={classes.tables}>
        <Table title={t('capability.rungs')} first={t('capability.way')} rows={ways} />
        <Table title={t('capability.blocking')} first={t('capability.act')} rows={acts} />
        <Table title={t('capability.events')} first={t('capability.event')} rows={events} sources />
      </div>
    </section>
  )
}

function useRungs(ladder: SensorStatus | undefined, used: (typeof rungs)[number] | undefined): Row[] {
  const { t } = useTranslation('assets')
  if (!ladder || !used) return []
  return rungs.map((rung, index) => {
    const one = ladder.capabilities[`rung.${rung}`]
    const state: State =
      rung === used ? 'inUse' : one?.works ? 'spare' : index < rungs.indexOf(used) ? 'fails' : 'spare'
    const advice = state === 'fails' && rung !== 'polling' ? t(`capability.advice.${rung}`) : null
    const reason = state === 'fails' ? (one?.reason ?? null) : null
    return { key: rung, name: `${index + 1}. ${t(`capability.rung.${rung}`)}`, plain: true, state, reason, advice }
  })
}

function useBlocks(ladder: SensorStatus | undefined): Row[] {
  const { t } = useTranslation('assets')
  if (!ladder) return []
  return blocks.flatMap((block) => {
    const one = ladder.capabilities[`block.${block}`]
    if (!one) return []
    const advice = one.works ? null : t('capability.advice.block')
    return [{ key: block, name: t(`capability.block.${block}`), plain: true, ...judged(one), advice }]
  })
}

/** One row an event type; when several sensors know it, the one that sees most speaks. */
function useEvents(sensors: readonly SensorStatus[]): Row[] {
  const { t } = useTranslation('assets')
  const rank: Record<State, number> = { inUse: 0, works: 0, weaker: 1, spare: 1, fails: 2 }
  const rows = new Map<string, Row>()
  for (const sensor of sensors.filter((one) => !isLadder(one)))
    for (const [type, one] of Object.entries(sensor.capabilities)) {
      const advice = one.works ? null : t('capability.advice.event')
      const row: Row = { key: type, name: type, plain: false, by: sensor.sensor, ...judged(one), advice }
      const before = rows.get(type)
      if (!before || rank[row.state] < rank[before.state]) rows.set(type, row)
    }
  return [...rows.values()].sort((a, b) => rank[b.state] - rank[a.state] || a.name.localeCompare(b.name))
}

function judged({ works, reason }: { works: boolean; reason: string | null }): { state: State; reason: string | null } {
  return { state: works ? (reason ? 'weaker' : 'works') : 'fails', reason }
}

function Table({
  title,
  first,
  rows,
  sources = false,
}: {
  title: string
  first: string
  rows: Row[]
  sources?: boolean
}) {
  const { t } = useTranslation('assets')
  if (rows.length === 0) return null
  return (
    <table className={classes.table}>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{first}</th>
          <th scope="col">{t('capability.state')}</th>
          {sources && <th scope="col">{t('capability.by')}</th>}
          <th scope="col">{t('capability.why')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key} data-state={row.state}>
            <th scope="row" className={row.plain ? undefined : classes.mono}>
              <VisibleText value={row.name} />
            </th>
            <td className={classes.state}>{t(`capability.${row.state}`)}</td>
            {sources && (
              <td className={classes.mono}>
                <VisibleText value={row.by ?? ''} />
              </td>
            )}
            <td className={classes.why}>
              {row.reason && <VisibleText value={row.reason} />}
              {row.advice && <span className={classes.advice}>{row.advice}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
