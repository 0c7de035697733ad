// Looks for canaries in what a host told, also where they were cut up, written small or put into another code.

/** A canary that was told. */
export interface Leak {
  /** The value, as the test made it. */
  readonly canary: string;
  /** Where it turned up: `events`, `console`, `spans` or a table of the host. */
  readonly sink: string;
  /** How: `plain`, or the code it was put into. */
  readonly form: string;
  /** What stands around it. */
  readonly excerpt: string;
}

/** Texts told, by sink. */
export type Told = ReadonlyMap<string, readonly string[]>;

export function findCanaries(canaries: readonly string[], told: Told): Leak[] {
  const wanted = canaries.flatMap((canary) => formsOf(canary).map((form) => ({ canary, ...form })));
  return [...told].flatMap(([sink, texts]) =>
    texts.flatMap((text) => {
      const lower = text.toLowerCase();
      const found = wanted.filter(({ text: looked }) => lower.includes(looked));
      return found.map(({ canary, form, text: looked }) => {
        const at = lower.indexOf(looked);
        const excerpt = text.slice(Math.max(0, at - 60), at + looked.length + 20);
        return { canary, sink, form, excerpt };
      });
    }),
  );
}

/** Shorter parts of a value may turn up by chance. */
const LEAST = 8;

function formsOf(canary: string): { form: string; text: string }[] {
  const bytes = Buffer.from(canary);
  const forms = [
    { form: 'plain', text: canary },
    { form: 'without separators', text: canary.replace(/[^a-z0-9]/gi, '') },
    { form: 'reversed', text: [...canary].reverse().join('') },
    { form: 'URL', text: encodeURIComponent(canary) },
    { form: 'hex', text: bytes.toString('hex') },
    // A base64 text depends on where in it a value begins; its middle does not.
    ...[0, 1, 2].map((shift) => ({ form: 'base64', text: base64Middle(bytes, shift) })),
  ].map(({ form, text }) => ({ form, text: text.toLowerCase() }));
  return forms.filter(
    ({ text }, index) =>
      text.length >= LEAST && forms.findIndex((other) => other.text === text) === index,
  );
}

function base64Middle(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64url');
  return text.slice(shift === 0 ? 0 : shift + 1, -2);
}
