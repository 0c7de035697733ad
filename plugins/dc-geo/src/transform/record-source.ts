import type { Message } from '../protocol/protocol.ts';
import type { Problems } from './row-reader.ts';
import { dateText, isTimestamp } from './values.ts';

/** Where the claim system's record came from. */
export interface RecordSource {
  readonly phase: number | null;
  readonly phaseSeqNum: number | null;
  readonly extractDate: string | null;
  readonly transmissionTimestamp: string | null;
}

const PHASES: ReadonlyMap<string, number> = new Map([
  ['P1', 1],
  ['P2', 2],
  ['P3', 3],
]);

export function readRecordSource(source: Message, problems: Problems): RecordSource {
  const { phase, phase_seq_num: number, extract_date: day, transmission_timestamp: time } = source;
  const phaseNumber = typeof phase === 'string' ? PHASES.get(phase.toUpperCase()) : null;
  if (phaseNumber === undefined) problems('source.phase', 'is unknown phase');
  if (typeof number === 'number' && number > 32_767) {
    problems('source.phaseSeqNum', number > 2_147_483_647 ? 'is signed' : 'is too large');
  }
  const extractDate = typeof day === 'string' ? dateText(day) : null;
  if (extractDate === undefined) problems('source.extractDate', 'invalid date');
  const isTime = typeof time !== 'string' || isTimestamp(time);
  if (!isTime) problems('source.transmissionTimestamp', 'invalid timestamp');
  return {
    phase: phaseNumber ?? null,
    phaseSeqNum: typeof number === 'number' ? number : null,
    extractDate: extractDate ?? null,
    transmissionTimestamp: typeof time === 'string' ? time : null,
  };
}
