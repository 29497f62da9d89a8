/** Audit records in the order of the log → groups of one serial number. Bounded. */
import type { AuditRecord } from './record.ts'

/** The records of one serial, in order, with the lines they came from. */
export interface AuditGroup {
  records: AuditRecord[]
  lines: string[]
  /** Number of the first line. */
  first: number
  /** Characters of all lines. */
  size: number
}

const maxRecords = 512
const maxCharacters = 1_048_576
/** Auditd writes a group within this time; later records of other serials show that an unfinished one is complete. */
const patienceMs = 2000

/**
 * Records of system calls come in several lines that end with EOE and may mix with those of another serial; records
 * of programs (`USER_…` and alike, no SYSCALL before them) stand alone and come out at once, unless SYSCALL lines of
 * the same serial are waiting. At most `limit` groups wait; the oldest comes out first.
 */
export function createAuditJoiner(take: (group: AuditGroup) => void, limit = 256) {
  const waiting = new Map<string, AuditGroup>()

  const release = (key: string, group: AuditGroup) => {
    waiting.delete(key)
    take(group)
  }
  return {
    add(record: AuditRecord, line: string, number: number) {
      const key = `${record.serial}@${record.at}/${record.node ?? ''}`
      const known = waiting.get(key)
      if (!known && standsAlone(record.type))
        return take({ records: [record], lines: [line], first: number, size: line.length })
      const group = known ?? { records: [], lines: [], first: number, size: 0 }
      waiting.set(key, group)
      group.records.push(record)
      group.lines.push(line)
      group.size += line.length
      if (record.type === 'EOE' || group.records.length >= maxRecords || group.size >= maxCharacters)
        return release(key, group)
      for (const [otherKey, other] of waiting) {
        if (waiting.size <= limit && (other.records[0]?.at ?? 0) >= record.at - patienceMs) break
        release(otherKey, other)
      }
    },
    end() {
      for (const [key, group] of waiting) release(key, group)
    },
  }
}

/** Whether a record of this type never has companions: what user space sends, and the daemon's own records. */
function standsAlone(type: string): boolean {
  return (
    /^(?:USER|CRED|ADD|DEL|DAEMON|SERVICE|SYSTEM|GRP|ACCT|CHGRP|ROLE|LABEL|CRYPTO|VIRT|ANOM_LOGIN|ANOM_RBAC|RESP|LOGIN$)/.test(
      type,
    ) && type !== 'LOGIN'
  )
}
