/** A server on free loopback ports with a state directory and models of its own, for tests. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../index.ts'
import type { RunningServer, ServerOptions } from '../options.ts'

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'rampart-server-'))
}

/** Writes the models that the tests need, independent of the shipped ones; returns how many. */
export function writeTestModels(directory: string): number {
  let written = 0
  const model = (slug: string, text: string) => {
    written++
    mkdirSync(join(directory, slug), { recursive: true })
    writeFileSync(join(directory, slug, 'rule.yml'), text)
  }
  model(
    'suspicious-process/test-shell',
    rule('5b3c1f3e-0001-4000-8000-000000000001', 'Shell over a socket', '/dev/tcp/'),
  )
  model('suspicious-process/test-count', countRule)
  model('other/test-silent', silentRule)
  model('other/test-copied', copiedRule)
  model('unusual-network-connection/test-connection', connectionRule)
  return written
}

const rule = (id: string, title: string, literal: string) => `title: ${title}
id: ${id}
status: experimental
description: A test model.
author: Rampart
date: 2026-01-01
tags: [attack.execution, attack.t1059.004]
logsource: { product: linux, category: process_creation }
detection:
  selection: { CommandLine|contains: '${literal}' }
  condition: selection
falsepositives: [Tests]
level: high
rampart:
  type: Suspicious Process
  stages: [Remote Control]
  entity: process.executable
  dedupBy: [process.commandLine]
  requires: [process.started]
  why: It is a test.
  blindSpots: Everything else.
  triage: [Look.]
  advice: [Do nothing.]
`

const countRule = `title: Many test commands
id: 5b3c1f3e-0002-4000-8000-000000000002
status: experimental
description: A test model with a window.
author: Rampart
date: 2026-01-01
tags: [attack.execution, attack.t1059.004]
correlation:
  type: event_count
  rules: [test_command]
  group-by: [process.user.name]
  timespan: 1h
  condition: { gte: 10 }
falsepositives: [Tests]
level: medium
rampart:
  type: Suspicious Process
  stages: [Damage]
  kind: correlation
  entity: process.executable
  requires: [process.started]
  why: It is a test.
  blindSpots: Everything else.
  triage: [Look.]
  advice: [Do nothing.]
---
title: Test command
name: test_command
logsource: { product: linux, category: process_creation }
detection:
  selection: { CommandLine|contains: 'count-me' }
  condition: selection
`

const silentRule = `title: Agent silent
id: 5b3c1f3e-0003-4000-8000-000000000003
status: experimental
description: A test model.
author: Rampart
date: 2026-01-01
tags: [attack.defense-evasion, attack.t1562.001]
logsource: { product: rampart, category: agent.state-changed }
detection:
  selection: { state: silent }
  condition: selection
falsepositives: [Tests]
level: high
rampart:
  type: Other
  stages: [Trace Clearing]
  entity: asset.name
  requires: [agent.state-changed]
  why: It is a test.
  blindSpots: Everything else.
  triage: [Look.]
  advice: [Do nothing.]
`

const copiedRule = silentRule
  .replace('Agent silent', 'Agent copied')
  .replace('0003-4000-8000-000000000003', '0004-4000-8000-000000000004')
  .replace('state: silent', 'state: cloned')

const connectionRule = rule('5b3c1f3e-0005-4000-8000-000000000005', 'Connection to the test address', 'unused')
  .replace('category: process_creation', 'category: network_connection')
  .replace("CommandLine|contains: 'unused'", "DestinationIp: '203.0.113.66'")
  .replace('type: Suspicious Process', 'type: Unusual Network Connection')
  .replace('entity: process.executable', 'entity: destination.address')
  .replace('dedupBy: [process.commandLine]', 'dedupBy: [destination.address]')
  .replace('requires: [process.started]', 'requires: [network.connected]')

export interface TestServer {
  server: RunningServer
  directory: string
  /** Stops and starts again on the same state; `between` may change it. */
  restart(between?: () => void): Promise<void>
  end(): Promise<void>
}

export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const directory = options.stateDirectory ?? temporaryDirectory()
  const models = join(directory, 'models')
  writeTestModels(models)
  const start = async () => {
    const server = await startServer({
      stateDirectory: join(directory, 'state'),
      listen: '127.0.0.1:0',
      agentListen: '127.0.0.1:0',
      modelsDirectory: models,
      indicatorDirectories: [],
      log: 'none',
      ...options,
    })
    assert.ok(server.ok, JSON.stringify(server))
    return server
  }
  const test: TestServer = {
    server: await start(),
    directory,
    async restart(between) {
      await test.server.stop()
      between?.()
      test.server = await start()
    },
    async end() {
      await test.server.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  return test
}
