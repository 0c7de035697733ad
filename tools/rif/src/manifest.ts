/**
 * The document that announces a data set, and the place it lies at in the bucket. Written by
 * whoever makes data sets; reading it is the load's business.
 */

import type { RifType } from './layout.ts';

/** Namespace of a manifest's elements; its last part is the only version RIF still has. */
export const MANIFEST_NAMESPACE = 'http://cms.hhs.gov/bluebutton/api/schema/ccw-rif/v10';

/** Keys of manifests: the folder, the timestamp as it was written, the sequence id. */
export const MANIFEST_KEY_PATTERN =
  /^(Incoming|Synthetic\/Incoming)\/(.*)\/([0-9]+)_manifest\.xml$/;

/** Folders data sets arrive in. Data files lie beside their manifest. */
export const MANIFEST_FOLDERS = ['Incoming', 'Synthetic/Incoming'] as const;

export type ManifestFolder = (typeof MANIFEST_FOLDERS)[number];

/** The children of `preValidationProperties`, in the only order a reader accepts. */
export const PRE_VALIDATION_PROPERTIES = [
  { name: 'clm_grp_id_start', kind: 'integer', isRequired: true },
  { name: 'pde_id_start', kind: 'integer', isRequired: true },
  { name: 'carr_clm_cntl_num_start', kind: 'integer', isRequired: true },
  { name: 'fi_doc_cntl_num_start', kind: 'integer', isRequired: true },
  { name: 'hicn_start', kind: 'text', isRequired: true },
  { name: 'bene_id_start', kind: 'integer', isRequired: true },
  { name: 'clm_id_start', kind: 'integer', isRequired: true },
  { name: 'mbi_start', kind: 'text', isRequired: true },
  { name: 'bene_id_end', kind: 'integer', isRequired: true },
  { name: 'clm_id_end', kind: 'integer', isRequired: true },
  { name: 'pde_id_end', kind: 'integer', isRequired: true },
  { name: 'generated', kind: 'text', isRequired: false },
] as const;

type Property = (typeof PRE_VALIDATION_PROPERTIES)[number];
type ValueOf<P extends Property> = P['kind'] extends 'integer' ? bigint : string;

/** Ranges of a synthetic data set. Ids are negative and count down, so a start is the larger one. */
export type PreValidationProperties = {
  readonly [P in Extract<Property, { isRequired: true }> as P['name']]: ValueOf<P>;
} & {
  readonly [P in Extract<Property, { isRequired: false }> as P['name']]?: ValueOf<P>;
};

/** What a manifest says. */
export interface ManifestContent {
  /** ISO 8601 in UTC, for example `2024-03-06T12:00:00Z`; kept as written, also in the key. */
  readonly timestamp: string;
  /** Orders the manifests of one timestamp, from 0. */
  readonly sequenceId: number;
  readonly syntheticData?: boolean;
  readonly entries: readonly {
    /** File name beside the manifest. */
    readonly name: string;
    readonly type: RifType;
    /** Carried by some documents; every reader ignores it. */
    readonly exportType?: string;
  }[];
  readonly preValidation?: PreValidationProperties;
}

/**
 * The key a manifest lies at.
 *
 * @example
 * manifestKey('Incoming', '2024-03-06T12:00:00Z', 0); // 'Incoming/2024-03-06T12:00:00Z/0_manifest.xml'
 */
export function manifestKey(folder: ManifestFolder, timestamp: string, sequenceId: number): string {
  return `${folder}/${timestamp}/${sequenceId}_manifest.xml`;
}

/**
 * Writes a manifest.
 *
 * @throws RangeError when a text holds a character that XML cannot carry at all
 * @example
 * manifestXml({
 *   timestamp: '2024-03-06T12:00:00Z',
 *   sequenceId: 0,
 *   entries: [{ name: 'beneficiary.csv', type: 'BENEFICIARY' }],
 * });
 */
export function manifestXml(manifest: ManifestContent): string {
  const root = attributes({
    xmlns: MANIFEST_NAMESPACE,
    timestamp: manifest.timestamp,
    sequenceId: manifest.sequenceId,
    syntheticData: manifest.syntheticData,
  });
  const entries = manifest.entries.map(
    ({ name, type, exportType }) => `  <entry${attributes({ name, type, exportType })}/>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<dataSetManifest${root}>`,
    ...entries,
    ...(manifest.preValidation ? preValidationXml(manifest.preValidation) : []),
    '</dataSetManifest>',
    '',
  ].join('\n');
}

function preValidationXml(properties: PreValidationProperties): string[] {
  const children = PRE_VALIDATION_PROPERTIES.flatMap(({ name }) => {
    const value = properties[name];
    return value === undefined ? [] : [`    <${name}>${escapeXml(String(value))}</${name}>`];
  });
  return ['  <preValidationProperties>', ...children, '  </preValidationProperties>'];
}

function attributes(
  values: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');
}

// Line ends and tabs are written as references, since a reader turns the bare ones in an attribute
// into blanks. Source: XML 1.0, 2.2 (characters) and 3.3.3 (attribute values).
function escapeXml(text: string): string {
  const illegal = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.exec(text);
  if (illegal) throw new RangeError(`XML cannot hold the character at place ${illegal.index + 1}`);
  return text.replace(
    /[&<>"'\t\n\r]/g,
    (char) => XML_REFERENCES[char] ?? `&#${char.charCodeAt(0)};`,
  );
}

const XML_REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
