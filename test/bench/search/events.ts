/** A day of 200 servers, drawn from a seed: programs, connections, files, DNS, logons, web requests in usual proportions. */
import { createHash } from 'node:crypto'
import type { Event } from '@rampart/event'

export const servers = 200
export const startAt = Date.UTC(2026, 0, 5)
export const spanMs = 24 * 3_600_000

/** Reproducible numbers in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const programs = [
  ['/usr/bin/sshd', 'sshd', () => 'sshd: deploy [priv]'],
  ['/usr/bin/bash', 'bash', (n: number) => `bash -c /opt/app/bin/run-job --job ${n % 997} --attempt ${n % 4}`],
  ['/usr/bin/python3.11', 'python3', (n: number) => `python3 /opt/app/worker.py --queue mail-${n % 31} --batch ${n}`],
  [
    '/usr/bin/curl',
    'curl',
    (n: number) => `curl -fsS https://updates-${n % 50}.example.com/channel/${n % 700}/manifest.json`,
  ],
  ['/usr/sbin/cron', 'cron', () => '/usr/sbin/cron -f'],
  ['/usr/bin/find', 'find', (n: number) => `find /var/lib/app/cache -name session-${n % 5000} -mtime +7 -delete`],
  ['/usr/bin/node', 'node', (n: number) => `node /srv/site-${n % 12}/server.js --port ${3000 + (n % 40)}`],
  ['/usr/bin/git', 'git', (n: number) => `git fetch --depth 1 origin refs/heads/topic-${n % 1300}`],
  ['/usr/bin/grep', 'grep', (n: number) => `grep -R --include=*.conf listen_${n % 211} /etc`],
] as const
const users = ['root', 'deploy', 'www-data', 'postgres', 'backup', 'anna', 'wei', 'jonas']

/** Event number `n` of `total`, spread evenly over the day. The same number always gives the same event. */
export function eventNumber(n: number, total: number): Event {
  const random = randomFrom(n)
  const host = Math.floor(random() * servers)
  const at = startAt + Math.floor((n / total) * spanMs) + Math.round(random() * 500) / 10
  const [executable, name, commandLine] = programs[Math.floor(random() ** 2 * programs.length)] ?? programs[0]
  const pid = 300 + Math.floor(random() * 60_000)
  const user = users[Math.floor(random() ** 2 * users.length)] ?? 'root'
  const boot = createHash('md5').update(`boot ${host}`).digest('hex').slice(0, 8)
  const parentPid = 300 + Math.floor(random() * 900)
  const process = {
    pid,
    entityId: `${boot}-${pid}-${Math.floor(at * 1000)}`,
    startedAt: at - 3,
    executable,
    name,
    commandLine: commandLine(n),
    workingDirectory: `/home/${user}`,
    user: { id: users.indexOf(user) * 100, name: user },
    parent: {
      pid: parentPid,
      entityId: `${boot}-${parentPid}-100${parentPid}`,
      executable: '/usr/lib/systemd/systemd',
      name: 'systemd',
    },
  }
  const base = {
    schema: 1 as const,
    id: `host-${host}/${boot}/${n}`,
    at,
    receivedAt: at + 2,
    asset: { id: `host-${host}`, name: `web-${host}.example.com`, kind: 'host' as const },
  }
  const outside = `203.0.113.${Math.floor(random() * 256)}`
  const inside = `10.${host % 8}.${Math.floor(random() * 32)}.${Math.floor(random() * 256)}`
  const kind = random()
  if (kind < 0.35)
    return {
      ...base,
      type: 'process.started',
      sensor: 'ebpf.process',
      user: process.user,
      process: {
        ...process,
        arguments: process.commandLine.split(' '),
        hash: {
          sha256: createHash('sha256')
            .update(`${executable}${n % 40}`)
            .digest('hex'),
        },
      },
    }
  if (kind < 0.55)
    return {
      ...base,
      type: 'network.connected',
      sensor: 'ebpf.network',
      process,
      transport: 'tcp',
      source: { address: `10.0.${host % 256}.7`, port: 32_768 + (n % 28_000) },
      destination: { address: random() < 0.2 ? outside : inside, port: [443, 5432, 6379, 80, 9200][n % 5] ?? 443 },
    }
  if (kind < 0.7)
    return {
      ...base,
      type: 'file.written',
      sensor: 'ebpf.file',
      process,
      file: {
        path: `/var/lib/app/cache/${n % 256}/session-${Math.floor(random() * 1e6)}`,
        name: 'session',
        sizeBytes: 100 + (n % 9000),
      },
      created: n % 3 === 0,
    }
  if (kind < 0.82)
    return {
      ...base,
      type: 'dns.asked',
      sensor: 'ebpf.dns',
      process,
      question: { name: `node-${Math.floor(random() * 20_000)}.cluster.example.com`, type: 'A' },
    }
  if (kind < 0.85)
    return {
      ...base,
      type: 'logon.attempted',
      sensor: 'log.sshd',
      user: { name: user },
      outcome: random() < 0.7 ? 'failure' : 'success',
      service: 'sshd',
      method: 'password',
      source: { address: outside, port: 40_000 + (n % 20_000) },
      message: `Failed password for ${user} from ${outside} port ${40_000 + (n % 20_000)} ssh2`,
    }
  const path = `/api/v2/items/${Math.floor(random() * 1e6)}`
  return {
    ...base,
    type: 'web.requested',
    sensor: 'log.access',
    source: { address: outside },
    web: {
      method: 'GET',
      url: `${path}?page=${n % 90}`,
      path,
      query: `page=${n % 90}`,
      decoded: `${path}?page=${n % 90}`,
      status: n % 50 === 0 ? 404 : 200,
      responseBytes: n % 60_000,
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) ExampleBrowser/120.0',
      host: `site-${host % 12}.example.com`,
    },
  }
}
