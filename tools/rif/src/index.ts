/** The RIF format as data. */

export * from './layout.ts';
export { RIF_LAYOUTS } from './layouts.ts';
export * from './manifest.ts';
export { MONTHLY_COLUMNS, type MonthlyColumn, RIF_MONTHS } from './monthly.ts';
