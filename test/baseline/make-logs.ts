/** Writes the synthesised logs of ordinary days. Deterministic: `tools/node test/baseline/make-logs.ts` gives the same bytes every time. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const start = Date.parse('2026-11-23T00:00:00Z')
let state = 20261123
/** 0 <= n < 1, a linear congruential generator. */
function random(): number {
  state = (state * 1664525 + 1013904223) % 4294967296
  return state / 4294967296
}
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const write = (name: string, text: string) =>
  writeFileSync(fileURLToPath(new URL(name, import.meta.url)), gzipSync(text, { level: 9 }))

const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'check_http/v2.3.3 (monitoring-plugins 2.3.3)',
  'kube-probe/1.31',
  'Prometheus/2.53.0',
  'curl/7.88.1',
  'python-requests/2.32.3',
  'okhttp/4.12.0',
  'Go-http-client/2.0',
]
const requests = [
  'GET / HTTP/1.1',
  'GET /index.php HTTP/1.1',
  'GET /favicon.ico HTTP/1.1',
  'GET /robots.txt HTTP/1.1',
  'GET /sitemap.xml HTTP/1.1',
  'GET /assets/app.5f3c2a.js?v=20261101 HTTP/2.0',
  'GET /assets/fonts/inter.woff2 HTTP/2.0',
  'GET /healthz HTTP/1.1',
  'GET /metrics HTTP/1.1',
  'GET /search?q=o%27reilly+books HTTP/1.1',
  'GET /search?q=select+all+from+menu HTTP/1.1',
  'GET /search?q=how%20to%20sleep(8)%20hours HTTP/1.1',
  'GET /search?q=union+square+hotels&sort=price%20asc HTTP/1.1',
  'GET /search?q=C%2B%2B+%26+Java HTTP/1.1',
  'GET /search?q=%E4%BD%A0%E5%A5%BD HTTP/1.1',
  'GET /product/1842-steel-kettle?ref=mail%3D7 HTTP/1.1',
  'GET /blog/2026/11/drop-shipping-explained HTTP/1.1',
  'GET /docs/install/etc/hosts-file HTTP/1.1',
  'GET /login?next=%2Faccount%2Forders%3Fpage%3D2 HTTP/1.1',
  'GET /login?redirect_uri=https%3A%2F%2Fwww.example.com%2Fcallback&state=eyJhIjoxfQ%3D%3D HTTP/1.1',
  'POST /login HTTP/1.1',
  'POST /api/v2/graphql HTTP/2.0',
  'GET /api/v1/items?filter=name%20eq%20%27blue%27&limit=20 HTTP/2.0',
  'GET /api/v1/users/8d1f7e6a-2f1e-4a59-9b7e-0f4c0d2b6a11/avatar.png HTTP/2.0',
  'PUT /api/v1/items/17 HTTP/2.0',
  'DELETE /api/v1/items/18 HTTP/2.0',
  'OPTIONS /api/v1/items HTTP/2.0',
  'GET /wp-content/themes/shop/style.css?ver=6.7 HTTP/1.1',
  'POST /wp-admin/admin-ajax.php HTTP/1.1',
  'GET /wp-admin/post.php?post=91&action=edit HTTP/1.1',
  'POST /wp-json/wp/v2/media HTTP/1.1',
  'GET /wp-cron.php?doing_wp_cron=1795400000.1234 HTTP/1.1',
  'GET /download.php?file=catalogue-2026.pdf HTTP/1.1',
  'GET /image.php?src=/media/a/b.jpg&w=300 HTTP/1.1',
  'GET /proxy?url=https://cdn.example.com/logo.svg HTTP/1.1',
  'GET /calendar.ics?token=YWJjZGVmZ2hpamtsbW5vcA HTTP/1.1',
  'GET /.well-known/acme-challenge/Zx8f0 HTTP/1.1',
  'GET /.well-known/security.txt HTTP/1.1',
  'GET /files/report%202026%20(final).xlsx HTTP/1.1',
  'GET /wiki/Special:Search?search=%22exact+phrase%22+OR+other HTTP/1.1',
  'GET /redirect?to=//www.example.org/ HTTP/1.1',
  'HEAD / HTTP/1.1',
]

function accessLog(): string {
  let at = start
  let text = ''
  for (let index = 0; index < 6000; index++) {
    at += Math.floor(random() * 28_000)
    const when = new Date(at)
    const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][
      when.getUTCMonth()
    ]
    const stamp = `${String(when.getUTCDate()).padStart(2, '0')}/${month}/${when.getUTCFullYear()}:${when.toISOString().slice(11, 19)} +0000`
    const status = random() < 0.03 ? 404 : random() < 0.01 ? 500 : random() < 0.1 ? 304 : 200
    text += `192.0.2.${1 + Math.floor(random() * 200)} - - [${stamp}] "${pick(requests)}" ${status} ${Math.floor(random() * 40_000)} "https://www.example.com/" "${pick(agents)}"\n`
  }
  return text
}

function authLog(): string {
  let text = ''
  const people = ['alice', 'bob', 'carol', 'deploy']
  let pid = 1000
  for (let minute = 0; minute < 1440; minute++) {
    const line = (second: number, program: string, message: string) => {
      const stamp = new Date(start + minute * 60_000 + second * 1000).toISOString().replace('.000Z', '+00:00')
      text += `${stamp} server-1 ${program}: ${message}\n`
    }
    pid += 7
    if (minute % 60 === 17) {
      line(1, `CRON[${pid}]`, 'pam_unix(cron:session): session opened for user root(uid=0) by root(uid=0)')
      line(1, `CRON[${pid}]`, 'pam_unix(cron:session): session closed for user root')
    }
    if (minute % 5 === 0) {
      line(
        2,
        `sshd[${pid}]`,
        'Accepted publickey for deploy from 192.0.2.20 port 50122 ssh2: ED25519 SHA256:exampleexampleexampleexampleexampleexample123',
      )
      line(2, `sshd[${pid}]`, 'pam_unix(sshd:session): session opened for user deploy(uid=1001) by deploy(uid=0)')
      line(9, `sshd[${pid}]`, 'pam_unix(sshd:session): session closed for user deploy')
    }
    const hour = minute / 60
    if (hour > 8 && hour < 18 && random() < 0.05) {
      const user = pick(people)
      const address = `192.0.2.${people.indexOf(user) + 30}`
      if (random() < 0.3) line(10, `sshd[${pid}]`, `Failed password for ${user} from ${address} port 51000 ssh2`)
      line(20, `sshd[${pid}]`, `Accepted password for ${user} from ${address} port 51000 ssh2`)
      line(20, `sshd[${pid}]`, `pam_unix(sshd:session): session opened for user ${user}(uid=1000) by ${user}(uid=0)`)
      line(
        31,
        'sudo',
        `   ${user} : TTY=pts/0 ; PWD=/home/${user} ; USER=root ; COMMAND=${pick(['/usr/bin/apt update', '/usr/bin/systemctl restart nginx', '/usr/bin/journalctl -u nginx', '/usr/bin/less /var/log/syslog', '/usr/bin/vim /etc/nginx/nginx.conf'])}`,
      )
      line(31, 'sudo', `pam_unix(sudo:session): session opened for user root(uid=0) by ${user}(uid=1000)`)
      line(40, 'sudo', 'pam_unix(sudo:session): session closed for user root')
    }
    // What any address on the Internet gets: single probes from everywhere.
    if (random() < 0.1) {
      const address = `198.51.100.${Math.floor(random() * 250)}`
      line(
        45,
        `sshd[${pid + 1}]`,
        `Invalid user ${pick(['admin', 'test', 'ubuntu', 'git'])} from ${address} port 60123`,
      )
      line(46, `sshd[${pid + 1}]`, `Connection closed by invalid user admin ${address} port 60123 [preauth]`)
    }
    if (random() < 0.05)
      line(50, `sshd[${pid + 2}]`, `Connection closed by 203.0.113.${Math.floor(random() * 250)} port 40000`)
  }
  return text
}

function kubernetesAudit(): string {
  const calls: [string, string, string, string | undefined, string][] = [
    ['system:kube-scheduler', 'update', 'leases', undefined, 'kube-system'],
    ['system:kube-controller-manager', 'create', 'pods', undefined, 'shop'],
    ['system:node:node-1', 'patch', 'nodes', 'status', ''],
    ['system:node:node-1', 'get', 'secrets', undefined, 'shop'],
    ['system:serviceaccount:monitoring:prometheus', 'list', 'pods', undefined, ''],
    ['system:serviceaccount:kube-system:deployment-controller', 'update', 'replicasets', undefined, 'shop'],
    ['system:serviceaccount:ingress:controller', 'watch', 'ingresses', undefined, ''],
    ['system:serviceaccount:cert-manager:cert-manager', 'update', 'secrets', undefined, 'shop'],
    ['alice@example.com', 'list', 'deployments', undefined, 'shop'],
    ['alice@example.com', 'get', 'pods', 'log', 'shop'],
    ['alice@example.com', 'patch', 'deployments', undefined, 'shop'],
    ['ci@example.com', 'patch', 'deployments', undefined, 'shop'],
    ['ci@example.com', 'create', 'configmaps', undefined, 'shop'],
  ]
  let at = start
  let text = ''
  for (let index = 0; index < 2000; index++) {
    at += Math.floor(random() * 80_000)
    const [username, verb, resource, subresource, namespace] = pick(calls)
    const stamp = new Date(at).toISOString().replace('Z', '000Z')
    text += `${JSON.stringify({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: `44444444-0000-4000-8000-${String(index).padStart(12, '0')}`,
      stage: 'ResponseComplete',
      requestURI: `/api/v1/namespaces/${namespace}/${resource}`,
      verb,
      user: { username, groups: ['system:authenticated'] },
      sourceIPs: ['192.0.2.60'],
      userAgent: username.startsWith('system:') ? 'kube-component/v1.31.0' : 'kubectl/v1.31.0',
      objectRef: { resource, namespace, name: `${resource}-1`, apiVersion: 'v1', ...(subresource && { subresource }) },
      responseStatus: { metadata: {}, code: verb === 'create' ? 201 : 200 },
      requestReceivedTimestamp: stamp,
      stageTimestamp: stamp,
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'RBAC: allowed' },
    })}\n`
  }
  return text
}

function cloudTrail(): string {
  const calls: [string, string, boolean, Record<string, unknown>][] = [
    ['ec2.amazonaws.com', 'DescribeInstances', true, {}],
    ['ec2.amazonaws.com', 'DescribeSecurityGroups', true, {}],
    ['ec2.amazonaws.com', 'RunInstances', false, { instanceType: 't3.small' }],
    ['ec2.amazonaws.com', 'CreateTags', false, {}],
    ['s3.amazonaws.com', 'ListBuckets', true, {}],
    ['s3.amazonaws.com', 'GetBucketAcl', true, { bucketName: 'example-logs' }],
    ['sts.amazonaws.com', 'AssumeRole', true, { roleArn: 'arn:aws:iam::111122223333:role/deploy' }],
    ['iam.amazonaws.com', 'ListRoles', true, {}],
    ['autoscaling.amazonaws.com', 'SetDesiredCapacity', false, { desiredCapacity: 3 }],
    ['cloudtrail.amazonaws.com', 'DescribeTrails', true, {}],
    ['kms.amazonaws.com', 'Decrypt', true, {}],
    ['logs.amazonaws.com', 'CreateLogStream', false, {}],
  ]
  const records = []
  let at = start
  for (let index = 0; index < 800; index++) {
    at += Math.floor(random() * 200_000)
    const [eventSource, eventName, readOnly, requestParameters] = pick(calls)
    const name = pick(['alice', 'deploy', 'monitoring'])
    records.push({
      eventVersion: '1.09',
      userIdentity: {
        type: 'AssumedRole',
        principalId: `AROAEXAMPLE:${name}`,
        arn: `arn:aws:sts::111122223333:assumed-role/ops/${name}`,
        accountId: '111122223333',
        sessionContext: { attributes: { mfaAuthenticated: 'true' } },
      },
      eventTime: new Date(at).toISOString().replace('.000', ''),
      eventSource,
      eventName,
      awsRegion: 'eu-central-1',
      sourceIPAddress: '192.0.2.70',
      userAgent: 'aws-cli/2.17.0',
      requestParameters,
      responseElements: null,
      eventID: `55555555-0000-4000-8000-${String(index).padStart(12, '0')}`,
      readOnly,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '111122223333',
    })
  }
  return JSON.stringify({ Records: records })
}

write('web.access.log.gz', accessLog())
write('auth.sshd.log.gz', authLog())
write('audit.kubernetes.ndjson.gz', kubernetesAudit())
write('trail.cloudtrail.json.gz', cloudTrail())
