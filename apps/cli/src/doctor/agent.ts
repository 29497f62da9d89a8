/** The agent of this host: does it run, does it reach its server, do its sensors work, what has it lost. */
import { type AgentStatus, agentStatus } from '@rampart/agent'
import { type Check, days, fine, megabytes, problem, skipped, warning } from './check.ts'

export async function checkAgent(stateDirectory: string, version: string, now: number): Promise<Check[]> {
  const status = await agentStatus(stateDirectory)
  if (!status.running) return [stopped(status)]
  return [
    fine('agent.runs', 'Agent', `runs (pid ${status.pid}), version ${status.version}`),
    ...(status.version === version
      ? []
      : [
          warning(
            'agent.version',
            'Version of the agent',
            `${status.version}, and this is ${version}`,
            'Restart the agent so that it runs the installed version.',
          ),
        ]),
    connection(status),
    certificate(status, now),
    spool(status),
    ...status.sensors.map(sensor),
    ...status.limits.problems.map((text) =>
      warning('agent.limits', 'Limits of the agent', text, 'Without cgroup v2 the agent runs without a ceiling.'),
    ),
  ]
}

function stopped(status: Extract<AgentStatus, { running: false }>): Check {
  if (status.identity === null) return skipped('agent.runs', 'Agent', 'this host is not enrolled')
  return problem(
    'agent.runs',
    'Agent',
    `${status.reason}; ${megabytes(status.spool.bytes)} wait in its spool`,
    'Start it: rampart agent run, or systemctl start rampart-agent.',
  )
}

type Running = Extract<AgentStatus, { running: true }>

function connection({ connection: { connected, server, attempts, lastError } }: Running): Check {
  if (connected) return fine('agent.connection', 'Connection', `to ${server}`)
  return problem(
    'agent.connection',
    'Connection',
    `not connected to ${server} after ${attempts} attempts${lastError && `: ${lastError}`}`,
    'Check that the server runs and that this host reaches its port. Events wait in the spool meanwhile.',
  )
}

function certificate({ identity }: Running, now: number): Check {
  const left = Date.parse(identity.certificateExpiresAt) - now
  if (left > 7 * 86_400_000)
    return fine('agent.certificate', 'Certificate of the agent', `good for ${days(left)}, renewed by itself`)
  const found = left > 0 ? `ends in ${days(left)}` : `ended ${days(-left)} ago`
  return (left > 0 ? warning : problem)(
    'agent.certificate',
    'Certificate of the agent',
    found,
    'It should have renewed itself: check the connection, or enrol the host again with a new token.',
  )
}

function spool({ spool: { bytes, events, problem: trouble }, dropped }: Running): Check {
  if (trouble !== '')
    return problem(
      'agent.spool',
      'Spool',
      trouble,
      'Free some space on the disk of the agent: events are lost, counted, until it can write.',
    )
  const lost = Object.entries(dropped).filter(([, count]) => count > 0)
  if (lost.length > 0)
    return warning(
      'agent.spool',
      'Spool',
      `dropped since enrolment: ${lost.map(([what, count]) => `${count} ${what}`).join(', ')}`,
      'Give the spool more room (setting of the asset), or mend what keeps the server away.',
    )
  return fine('agent.spool', 'Spool', `${events} events (${megabytes(bytes)}) wait, nothing was dropped`)
}

function sensor({ sensor: name, state, reason, eventsLost }: Running['sensors'][number]): Check {
  const title = `Sensor ${name}`
  const id = `agent.sensor.${name}`
  if (state !== 'running')
    return (state === 'failed' ? problem : warning)(
      id,
      title,
      `${state}${reason ? `: ${reason}` : ''}`,
      "The asset's page in the console shows what this host can and cannot see.",
    )
  if (eventsLost > 0)
    return warning(
      id,
      title,
      `${eventsLost} events lost since its start`,
      'The host made more events than the ceiling of the agent allows: raise --cpu, or watch less.',
    )
  return fine(id, title, 'works')
}
