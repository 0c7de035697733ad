// An error of the runtime itself, thrown into the job's code or on the way to it. Which objects are such errors is
// remembered here and not read off them, so that none can be made up.

import type { WireSafeText } from '../protocol.ts';
import { type RuntimeErrorCode, runtimeErrorText } from '../runtime-errors.ts';

/** Numbers, and names that the author wrote. */
export type RuntimeFields = Readonly<Record<string, number | WireSafeText>>;

interface RuntimeErrorFacts {
  readonly code: RuntimeErrorCode;
  readonly fields: RuntimeFields;
}

const KNOWN = new WeakMap<object, RuntimeErrorFacts>();

/** Compare `code`; the message is for the author's eyes. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, fields: RuntimeFields = {}, options?: ErrorOptions) {
    const { template, remedy } = runtimeErrorText(code);
    const text = template.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const field = fields[name];
      return `${(typeof field === 'object' ? field.value : field) ?? whole}`;
    });
    super(`${text}. ${remedy}`, options);
    this.code = code;
    KNOWN.set(this, { code, fields });
  }
}

export function runtimeErrorFacts(error: unknown): RuntimeErrorFacts | undefined {
  return typeof error === 'object' && error !== null ? KNOWN.get(error) : undefined;
}
