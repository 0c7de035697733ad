import type { ItemAct } from '../../acting.ts';

/** What becomes of the items of `tellsInItems`. */
export const itemThatTells: ItemAct = (item, { index }) => {
  if (index > 0) throw new Error(JSON.stringify(item));
  return { item };
};
