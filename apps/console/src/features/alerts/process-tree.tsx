/** The chain of processes, oldest first, each below its parent; the marked one is the evidence. */
import type { ChainProcess } from '@rampart/api'
import { IconBinaryTree, IconTargetArrow } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../parts/copy-button.tsx'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { FoldedText } from '../../parts/folded-text.tsx'
import { EmptyState } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './process-tree.module.css'

/** A longer chain is folded in its middle: the first ones and the last ones stay. */
const longest = 9
const keptFirst = 2
const keptLast = 6
const deepestIndent = 14

export function ProcessTree({ chain }: { chain: readonly ChainProcess[] }) {
  const { t } = useTranslation('alerts')
  const [unfolded, setUnfolded] = useState(false)
  if (chain.length === 0) {
    return (
      <EmptyState icon={<IconBinaryTree size={22} />} title={t('tree.none.title')}>
        {t('tree.none.words')}
      </EmptyState>
    )
  }
  const folds = chain.length > longest && !unfolded
  const first = folds ? chain.slice(0, keptFirst) : chain
  const rest = folds ? chain.slice(-keptLast) : []
  // The day of the evidence; only other days are written out.
  const day = chain.at(-1)?.startedAt?.slice(0, 10)
  const hidden = chain.length - first.length - rest.length
  return (
    <ul className={classes.tree} aria-label={t('tree.label')}>
      {first.map((process, depth) => (
        <Node key={process.entityId} process={process} depth={depth} day={day} />
      ))}
      {folds && (
        <li className={classes.fold} style={{ '--depth': keptFirst }}>
          <button type="button" onClick={() => setUnfolded(true)}>
            {t('tree.unfold', { count: hidden })}
          </button>
        </li>
      )}
      {rest.map((process, place) => (
        <Node key={process.entityId} process={process} depth={keptFirst + 1 + place} day={day} />
      ))}
    </ul>
  )
}

function Node({ process, depth, day }: { process: ChainProcess; depth: number; day: string | undefined }) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const name = process.name ?? process.executable?.split('/').at(-1) ?? t('tree.unknown')
  const command = process.commandLine ?? process.executable
  return (
    <li
      className={classes.node}
      style={{ '--depth': Math.min(depth, deepestIndent) }}
      data-marked={process.marked || undefined}
      data-root={depth === 0 || undefined}
      aria-current={process.marked || undefined}
    >
      <div className={classes.head}>
        {process.marked && <IconTargetArrow size={15} className={classes.mark} aria-hidden />}
        <span className={classes.name}>
          <VisibleText value={name} />
        </span>
        <span className={classes.pid}>{t('tree.pid', { pid: process.pid })}</span>
        {process.user !== null && (
          <span className={classes.user}>
            <VisibleText value={process.user} />
          </span>
        )}
        {process.startedAt && (
          <time className={classes.time} dateTime={process.startedAt} title={formats.exact(process.startedAt)}>
            {process.startedAt.slice(0, 10) === day ? '' : `${formats.day(process.startedAt)} `}
            {formats.clock(process.startedAt)}
          </time>
        )}
        {process.marked && <span className={classes.evidence}>{t('tree.evidence')}</span>}
      </div>
      {command && (
        <div className={classes.command}>
          <span className={classes.line}>
            <FoldedText value={command} />
          </span>
          <CopyButton value={command} small />
        </div>
      )}
      {process.executable && process.executable !== command && (
        <div className={classes.executable}>
          <EvidenceText value={process.executable} />
        </div>
      )}
    </li>
  )
}
