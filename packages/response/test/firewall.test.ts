/** Blocking and isolation with real packets, between two network namespaces that the test makes. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Task, TaskOutcome } from '../src/index.ts'
import { setUp } from './host.ts'
import type { Order } from './network-actor.ts'

const actor = fileURLToPath(new URL('./network-actor.ts', import.meta.url))
const run = (command: string) => execFileSync('sh', ['-ec', command])

class End {
  readonly #child: ChildProcess
  readonly #waiting: ((answer: unknown) => void)[] = []

  constructor(namespace: string, ...more: string[]) {
    const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, actor, ...more], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    createInterface({ input: child.stdout }).on('line', (line) => this.#waiting.shift()?.(JSON.parse(line)))
    this.#child = child
  }

  ask<Answer = boolean>(order: Order): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve as (answer: unknown) => void)
      this.#child.stdin?.write(`${JSON.stringify(order)}\n`)
    })
  }

  task(task: Task): Promise<TaskOutcome> {
    return this.ask({ do: 'task', task })
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}

/** The host under test has .1; the other end has .2 (the server), .3 (somebody else) and .4. */
async function network(t: TestContext) {
  const { host } = setUp(t)
  const [here, there] = [`rampart-${process.pid}-a`, `rampart-${process.pid}-b`]
  run(`
    ip netns add ${here}; ip netns add ${there}
    ip link add va netns ${here} type veth peer name vb netns ${there}
    ip -n ${here} link set lo up; ip -n ${here} link set va up; ip -n ${there} link set lo up; ip -n ${there} link set vb up
    ip -n ${here} addr add 192.0.2.1/24 dev va; ip -n ${here} addr add 2001:db8::1/64 dev va nodad
    for last in 2 3 4; do ip -n ${there} addr add 192.0.2.$last/24 dev vb; ip -n ${there} addr add 2001:db8::$last/64 dev vb nodad; done
  `)
  const ends = [new End(here, host.directory), new End(there, host.directory)] as const
  t.after(() => {
    for (const end of ends) end.end()
    run(`ip netns delete ${here}; ip netns delete ${there}`)
  })
  for (const end of ends) await end.ask({ do: 'listen', port: 7351 })
  await ends[0].ask({ do: 'listen', port: 22 })
  return ends
}

const block = (
  rule: string,
  address: string,
  over: Partial<{ direction: 'in' | 'out' | 'both'; expiresInMs: number | null }> = {},
): Task => ({
  id: `tk-${rule}`,
  kind: 'block-address',
  parameters: { rule, address, direction: 'in', expiresInMs: 60_000, ...over },
})

test('blocking: one direction, the other, IPv6, a range, connections that stand; flushed by somebody it comes back; the rules of others stay', async (t) => {
  const [here, there] = await network(t)
  const fromHere = (address: string) => here.ask({ do: 'reach', address, port: 7351 })
  const fromThere = (address: string) => there.ask({ do: 'reach', address, port: 22 })
  await here.ask({
    do: 'nft',
    text: 'add table inet mine; add chain inet mine c { type filter hook input priority 0; policy accept; }; add rule inet mine c tcp dport 9 drop',
  })
  assert.equal(await fromThere('192.0.2.1'), true)
  assert.equal(await there.ask({ do: 'hold', address: '192.0.2.1', port: 22 }), true)

  // The other end's first address is that of the server: never blocked, alone or inside a range.
  assert.equal((await here.task(block('ip-s', '192.0.2.2'))).code, 'address.protected')
  assert.equal((await here.task(block('ip-r', '192.0.2.0/24'))).code, 'address.protected')
  assert.equal((await here.task(block('ip-o', '192.0.2.1'))).code, 'address.protected')
  assert.equal((await here.task(block('ip-l', '127.0.0.1'))).code, 'address.protected')
  assert.equal((await here.task(block('ip-x', '192.0.2.3; flush ruleset'))).code, 'address.invalid')
  assert.equal(await fromThere('192.0.2.1'), true)

  run(`ip -n rampart-${process.pid}-b route add 192.0.2.1/32 dev vb src 192.0.2.3`)
  assert.equal(await fromThere('192.0.2.1'), true, 'from .3 now')
  assert.equal(await there.ask({ do: 'hold', address: '192.0.2.1', port: 22 }), true)
  assert.equal((await here.task(block('ip-3', '192.0.2.3'))).code, 'address.blocked')
  assert.equal(await fromThere('192.0.2.1'), false, 'in is closed')
  assert.equal(await there.ask({ do: 'use' }), false, 'the connection that stood is cut too')
  assert.equal(await fromHere('192.0.2.3'), true, 'out is open')
  assert.equal((await here.task(block('ip-3', '192.0.2.3', { direction: 'both' }))).code, 'address.blocked')
  assert.equal(await fromHere('192.0.2.3'), false, 'out is closed')
  assert.equal(await fromHere('192.0.2.4'), true)

  assert.equal(
    (await here.task(block('ip-6', '2001:db8::3', { direction: 'out', expiresInMs: null }))).code,
    'address.blocked',
  )
  assert.equal(await fromHere('2001:db8::3'), false)
  assert.equal(await fromHere('2001:db8::4'), true)
  assert.equal((await here.task(block('ip-net', '192.0.2.4/31', { direction: 'both' }))).code, 'address.blocked')
  assert.equal(await fromHere('192.0.2.4'), false)

  assert.equal(await here.ask<null>({ do: 'check' }), null, 'all is well')
  for (const damage of [
    'delete table inet rampart',
    'flush chain inet rampart input',
    'flush set inet rampart in4',
    'flush ruleset',
  ]) {
    await here.ask({ do: 'nft', text: damage })
    assert.match(String(await here.ask<string>({ do: 'check' })), /made anew/, damage)
    assert.equal(await fromThere('192.0.2.1'), false, damage)
  }
  await here.ask({
    do: 'nft',
    text: 'add table inet mine; add chain inet mine c { type filter hook input priority 0; policy accept; }; add rule inet mine c tcp dport 9 drop',
  })
  const unblock = (rule: string) => here.task({ id: `tk-u${rule}`, kind: 'unblock-address', parameters: { rule } })
  assert.equal((await here.task(block('ip-wide', '192.0.2.2/31', { direction: 'in' }))).code, 'address.protected')
  assert.equal((await here.task(block('ip-again', '192.0.2.3'))).code, 'address.blocked')
  const lifted = await unblock('ip-3')
  assert.deepEqual(
    [lifted.code, lifted.message],
    ['address.rule-lifted', 'The rule is lifted; another one still blocks 192.0.2.3 here.'],
  )
  assert.equal(await fromThere('192.0.2.1'), false, 'the other rule stays')
  for (const rule of ['ip-again', 'ip-6', 'ip-net']) assert.equal((await unblock(rule)).code, 'address.unblocked')
  assert.equal((await unblock('ip-3')).code, 'address.not-blocked')
  assert.equal(await fromThere('192.0.2.1'), true)
  assert.equal(await fromHere('2001:db8::3'), true)
  const { output } = await here.ask<{ output: string }>({ do: 'nft', text: 'list ruleset' })
  assert.match(output, /tcp dport 9 drop/, 'the rules of others stay')
  assert.doesNotMatch(output, /rampart/)
})

test('a block ends by itself in the kernel', async (t) => {
  const [here, there] = await network(t)
  run(`ip -n rampart-${process.pid}-b route add 192.0.2.1/32 dev vb src 192.0.2.3`)
  assert.equal((await here.task(block('ip-3', '192.0.2.3', { expiresInMs: 3_000 }))).code, 'address.blocked')
  assert.equal(await there.ask({ do: 'reach', address: '192.0.2.1', port: 22 }), false)
  let open = false
  for (let tries = 0; !open && tries < 20; tries++)
    open = await there.ask({ do: 'reach', address: '192.0.2.1', port: 22 })
  assert.equal(open, true)
})

test('isolation: only the server and the allowed remain; released, everything is as before; removed, nothing of ours is left', async (t) => {
  const [here, there] = await network(t)
  assert.equal(await here.ask({ do: 'hold', address: '192.0.2.2', port: 7351 }), true)
  const isolate = (allow: string[]) =>
    here.task({ id: 'tk-i', kind: 'isolate-host', parameters: { allow, expiresInMs: 600_000 } })
  const reach = (address: string) => here.ask({ do: 'reach', address, port: 7351 })
  assert.equal((await isolate([])).code, 'host.isolated')
  assert.equal(await here.ask({ do: 'use' }), true, 'the connection of the agent stands')
  assert.equal(await reach('192.0.2.2'), true, 'and a new one comes about')
  assert.equal(await reach('192.0.2.3'), false)
  assert.equal(await reach('2001:db8::3'), false)
  assert.equal(await reach('127.0.0.1'), true, 'loopback works')
  assert.equal(
    await there.ask({ do: 'reach', address: '192.0.2.1', port: 22 }),
    false,
    'nobody comes in, the server neither',
  )
  assert.equal((await isolate(['192.0.2.3'])).code, 'host.isolated')
  assert.equal(await reach('192.0.2.3'), true)
  await here.ask({ do: 'nft', text: 'flush ruleset' })
  assert.equal(await reach('192.0.2.4'), true)
  assert.match(String(await here.ask<string>({ do: 'check' })), /made anew/)
  assert.equal(await reach('192.0.2.4'), false)
  const release = () => here.task({ id: 'tk-r', kind: 'release-host', parameters: {} })
  assert.equal((await release()).code, 'host.released')
  assert.equal((await release()).code, 'host.not-isolated')
  assert.equal(await reach('192.0.2.4'), true)
  await isolate([])
  await here.ask({ do: 'remove' })
  assert.equal(await reach('192.0.2.4'), true)
  assert.equal((await here.ask<{ output: string }>({ do: 'nft', text: 'list ruleset' })).output, '')
})
