/** Counters and histograms of one server, in Prometheus' text format. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** Every name is permanent. Each server has a registry of its own. */
export function createMetrics() {
  const registry = new Registry()
  // The default of 10 ms would wake an idle server a hundred times a second.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 200 })
  const registers = [registry]
  const stages = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  return {
    registry,
    events: new Counter({
      name: 'rampart_events_received_total',
      help: 'Events accepted and archived.',
      labelNames: ['type'],
      registers,
    }),
    refusedEvents: new Counter({
      name: 'rampart_events_refused_total',
      help: 'Events or batches refused; they are in refused-events.ndjson.',
      labelNames: ['code'],
      registers,
    }),
    refusedMessages: new Counter({
      name: 'rampart_agent_messages_refused_total',
      help: 'Messages of agents that ended their connection.',
      labelNames: ['code'],
      registers,
    }),
    duplicateBatches: new Counter({
      name: 'rampart_batches_duplicate_total',
      help: 'Batches that were stored before.',
      registers,
    }),
    findings: new Counter({ name: 'rampart_findings_total', help: 'Findings stored.', registers }),
    findingsRepeated: new Counter({
      name: 'rampart_findings_repeated_total',
      help: 'Findings that were stored before.',
      registers,
    }),
    findingsRefused: new Counter({
      name: 'rampart_findings_refused_total',
      help: 'Findings that could not be stored; they are in refused-events.ndjson.',
      registers,
    }),
    alerts: new Counter({
      name: 'rampart_alerts_raised_total',
      help: 'Alerts opened.',
      labelNames: ['level'],
      registers,
    }),
    stageSeconds: new Histogram({
      name: 'rampart_pipeline_stage_seconds',
      help: 'Time of one unit of work in a stage of the pipeline: decode, archive, detect, store.',
      labelNames: ['stage'],
      buckets: stages,
      registers,
    }),
    eventAgeSeconds: new Histogram({
      name: 'rampart_alert_delay_seconds',
      help: 'From the event to its alert being stored.',
      buckets: stages,
      registers,
    }),
    queueBatches: new Gauge({ name: 'rampart_queue_batches', help: 'Batches received and not stored yet.', registers }),
    agentsOnline: new Gauge({ name: 'rampart_agents_online', help: 'Agents connected.', registers }),
    agents: new Gauge({
      name: 'rampart_agents',
      help: 'Agents by state.',
      labelNames: ['state'],
      registers,
    }),
    sensorsUnwell: new Gauge({
      name: 'rampart_sensors_unwell',
      help: 'Sensors of connected agents that do not run as they should.',
      labelNames: ['sensor', 'state'],
      registers,
    }),
    eventsLost: new Gauge({
      name: 'rampart_agent_events_lost',
      help: 'Events that agents say they lost, by where and why. It falls when an agent starts anew.',
      labelNames: ['where', 'cause'],
      registers,
    }),
    spoolEvents: new Gauge({
      name: 'rampart_agent_spool_events',
      help: 'Events that wait in the spools of agents.',
      registers,
    }),
    notificationsWaiting: new Gauge({
      name: 'rampart_notifications_waiting',
      help: 'Alerts that wait to be told, by kind of channel.',
      labelNames: ['kind'],
      registers,
    }),
    notificationsDropped: new Gauge({
      name: 'rampart_notifications_dropped',
      help: 'Alerts that channels gave up telling, by kind of channel.',
      labelNames: ['kind'],
      registers,
    }),
    channelsFailing: new Gauge({
      name: 'rampart_notification_channels_failing',
      help: 'Channels whose latest message did not get through, by kind.',
      labelNames: ['kind'],
      registers,
    }),
    archiveBytes: new Gauge({ name: 'rampart_archive_bytes', help: 'Size of the event archive.', registers }),
    searchableEvents: new Gauge({ name: 'rampart_searchable_events', help: 'Events that can be searched.', registers }),
    searchableBytes: new Gauge({
      name: 'rampart_searchable_bytes',
      help: 'Size of the files that are searched.',
      registers,
    }),
    searchableOldest: new Gauge({
      name: 'rampart_searchable_oldest_timestamp_seconds',
      help: 'When the oldest event that can be searched happened.',
      registers,
    }),
    searchableDamaged: new Gauge({
      name: 'rampart_searchable_files_damaged',
      help: 'Files of events that are missing or cannot be read.',
      registers,
    }),
    writeFailures: new Counter({
      name: 'rampart_write_failures_total',
      help: 'Writes that were tried again, e.g. because the disk was full.',
      labelNames: ['cause'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'rampart_http_request_seconds',
      help: 'Time to answer a request of the API.',
      labelNames: ['route', 'status'],
      buckets: stages,
      registers,
    }),
    browsers: new Gauge({ name: 'rampart_stream_clients', help: 'Browsers that receive live updates.', registers }),
    browsersDropped: new Counter({
      name: 'rampart_stream_clients_dropped_total',
      help: 'Browsers cut off because they read too slowly.',
      registers,
    }),
  }
}
