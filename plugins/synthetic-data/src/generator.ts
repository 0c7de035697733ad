/**
 * The generator by itself, for tests and benchmarks: files of a data set as bytes, without S3 or a host.
 *
 * @example
 * const dataSet = planDataSet({
 *   seed: 1, beneficiaries: 1000, year: 2025, claimsPerBeneficiary: DEFAULT_CLAIMS_PER_BENEFICIARY,
 * });
 * for (const file of dataSet.files) await writeFile(file.name, generateFile(file, dataSet));
 */

export {
  type DataFile,
  type DataSet,
  type DataSetOptions,
  FIRST_NUMBERS,
  MOST_UPDATES,
  MOST_YEARS,
  type Numbers,
  planDataSet,
  planUpdates,
} from './generate/data-set.ts';
export {
  type EndState,
  endStateOf,
  numbersOf,
  preValidationOf,
} from './generate/end-state.ts';
export { generateFile, type Tally } from './generate/generate-file.ts';
export {
  CARE_TYPES,
  type CareType,
  type ClaimsPerBeneficiary,
  DEFAULT_CLAIMS_PER_BENEFICIARY,
} from './generate/record-counts.ts';
