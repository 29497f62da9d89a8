/** A commit that a single finding cannot stop: what cannot be stored is set aside, the rest goes on. */
import { type AlertStore, type Committed, isDiskFull, sqliteCode, type Work } from '@rampart/alert'
import type { DeadLetters } from '../dead-letters.ts'

/** SQLite results that are about the place and not about the data: busy, no memory, read-only, I/O, damage, cannot open. */
const aboutThePlace = [5, 6, 7, 8, 10, 11, 14, 26]

/** The commit of `store`; fails only for reasons that lie in the place, which a later try may find mended. */
export function commitSafely(store: AlertStore, deadLetters: DeadLetters): (work: Work) => Promise<Committed> {
  return async (work) => {
    try {
      return await store.commit(work)
    } catch (error) {
      if (isDiskFull(error) || aboutThePlace.includes(sqliteCode(error))) throw error
    }
    // Something in the findings: one by one, and the sequences last.
    const all: Committed = { raised: [], incidents: [], windows: [], repeated: 0, absorbed: 0, defended: [] }
    const add = (committed: Committed) => {
      all.raised.push(...committed.raised)
      all.windows.push(...committed.windows)
      all.repeated += committed.repeated
      all.absorbed += committed.absorbed
      all.defended.push(...committed.defended)
      all.incidents.push(...committed.incidents)
    }
    for (const finding of work.findings)
      try {
        add(await store.commit({ findings: [finding], acknowledged: [], at: work.at }))
      } catch (error) {
        if (isDiskFull(error) || aboutThePlace.includes(sqliteCode(error))) throw error
        await deadLetters.setFindingAside(finding, error)
      }
    add(await store.commit({ findings: [], acknowledged: work.acknowledged, at: work.at }))
    return all
  }
}
