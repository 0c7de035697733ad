/** Which records an updates data set brings again, changed. */

import { RIF_TYPES, type RifType } from '@bfd-host/rif';
import { Random } from './random.ts';

const PERCENT_UPDATED = 10;

/**
 * Chooses a tenth of the people and of each type's records, by seed, person and revision alone: planning and
 * making files agree without talking. The first person's first record is always among them, so that no type is
 * missing from a small data set.
 *
 * @example
 * choice.start(number, 'PDE');
 * for (let place = 0; place < count; place++) if (choice.takes(place)) write(place);
 */
export class UpdateChoice {
  private readonly random = new Random();
  private readonly seed: number;
  private readonly firstPerson: number;
  private readonly revision: number;
  private isFirst = false;

  constructor(seed: number, firstPerson: number, revision: number) {
    this.seed = seed;
    this.firstPerson = firstPerson;
    this.revision = revision;
  }

  start(person: number, type: RifType): void {
    this.isFirst = person === this.firstPerson;
    this.random.start(this.seed, person, 'updates', RIF_TYPES.indexOf(type), this.revision);
  }

  /** Asked for each place in order. */
  takes(place: number): boolean {
    return this.random.chance(PERCENT_UPDATED) || (this.isFirst && place === 0);
  }

  /** Whether the person's own row is among them; what changes in it is drawn from the stream returned. */
  changesOf(person: number): Random | undefined {
    this.start(person, 'BENEFICIARY');
    return this.takes(0) ? this.random : undefined;
  }
}
