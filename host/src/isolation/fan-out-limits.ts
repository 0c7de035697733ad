/** Items of one call of `ctx.forEach` that go to all hosts. */
export const MOST_ITEMS = 100_000;
/** Worked on at a time by one process. */
export const MOST_AT_A_TIME = 1000;
/** In one message. */
export const MOST_ITEMS_SENT = 1000;
/** Given to a process at a time. */
export const MOST_ITEMS_GIVEN = 250;
/** Kept of the errors of failed items, for all items of a call together. */
export const MOST_PLACES_OF_ITEMS = 20;
/** In one message of what came of them. */
export const MOST_OUTCOMES_TOLD = 50;
