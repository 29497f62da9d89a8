/** Brute-force defence: which services are watched, and after how many failures within which time an address is blocked for how long. */

export const bruteForceServices = ['SSH', 'RDP', 'SQL'] as const
export type BruteForceService = (typeof bruteForceServices)[number]

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** What may be chosen. */
export const bruteForceChoices = {
  windowMs: [1, 2, 5, 10, 15].map((minutes) => minutes * minuteMs),
  failures: [2, 3, 4, 5, 10, 50, 80, 100],
  /** Null: until somebody takes it back. */
  banMs: [
    5 * minuteMs,
    15 * minuteMs,
    30 * minuteMs,
    hourMs,
    2 * hourMs,
    6 * hourMs,
    12 * hourMs,
    dayMs,
    7 * dayMs,
    null,
  ],
} as const satisfies Record<string, readonly (number | null)[]>

export interface BruteForceRule {
  enabled: boolean
  services: BruteForceService[]
  windowMs: number
  failures: number
  banMs: number | null
}

export const defaultBruteForceRule: BruteForceRule = {
  enabled: true,
  services: ['SSH', 'RDP'],
  windowMs: 10 * minuteMs,
  failures: 80,
  banMs: 6 * hourMs,
}

/** The service that a logon event is about, as its `service` names it; undefined for those that are not watched. */
export function bruteForceServiceOf(service: string): BruteForceService | undefined {
  const name = service.toLowerCase()
  if (/^(ssh|sshd|sshd-session|dropbear)$/.test(name)) return 'SSH'
  if (/^(rdp|termservice|remoteinteractive|terminal services)/.test(name)) return 'RDP'
  if (/^(sql|mysql|mysqld|mariadb|mariadbd|postgres|postgresql|mssql|mssqlserver|sqlserver|oracle)$/.test(name))
    return 'SQL'
  return undefined
}
