/** Lines of the Linux audit log → `audit.recorded` and, where the meaning is clear, the specific event. */
import type { EventDraft } from '../draft.ts'
export interface AuditSink {
  event(drafts: EventDraft[], record: number, host?: string): void
  unparsed(record: number, code: `decode.${string}`): void
}
export function createAuditDecoder(sink: AuditSink) {
  return {
    line(_text: string, record: number) {
      sink.unparsed(record, 'decode.not-audit')
    },
    end() {},
  }
}
