// What an author wrote, as opposed to what a run made: text that leaves a job's process must occur in the source
// of its bundle, where no row of anybody can be. Both sides look: the child so that nothing else is sent, the
// host because a message can be forged.

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const WORD_CHARACTER = /[\w$]/;
const KEPT_ANSWERS = 2000;

export class BundleText {
  readonly lines: number;
  readonly #source: string;
  readonly #literals = new Map<string, boolean>();
  readonly #words = new Map<string, boolean>();

  constructor(source: string) {
    this.#source = source;
    this.lines = source.split('\n').length;
  }

  /**
   * Whether `text` is the whole of a string literal of the bundle.
   *
   * A text with control characters never is: it could not be shown on one line anyway.
   */
  hasLiteral(text: string): boolean {
    return remembered(this.#literals, text, () =>
      spellings(text).some((spelling) => this.#source.includes(spelling)),
    );
  }

  /** Whether `word` is an identifier of the bundle, or a whole word in one of its strings. */
  hasWord(word: string): boolean {
    return remembered(this.#words, word, () =>
      IDENTIFIER.test(word) ? this.#findWord(word) : this.hasLiteral(word),
    );
  }

  #findWord(word: string): boolean {
    for (let from = 0; ; ) {
      const start = this.#source.indexOf(word, from);
      if (start < 0) return false;
      const before = this.#source.charAt(start - 1);
      const after = this.#source.charAt(start + word.length);
      if (!WORD_CHARACTER.test(before) && !WORD_CHARACTER.test(after)) return true;
      from = start + 1;
    }
  }
}

function remembered(known: Map<string, boolean>, text: string, find: () => boolean): boolean {
  const before = known.get(text);
  if (before !== undefined) return before;
  const found = find();
  if (known.size >= KEPT_ANSWERS) known.clear();
  known.set(text, found);
  return found;
}

const CONTROL = /\p{Cc}/u;

/** The ways in which bundlers and minifiers write a string. */
function spellings(text: string): string[] {
  if (text === '' || CONTROL.test(text)) return [];
  const escaped = text.replaceAll('\\', '\\\\');
  const found: string[] = [];
  for (const quote of ['"', "'", '`']) {
    const inside = escaped.replaceAll(quote, `\\${quote}`);
    const written = quote === '`' ? inside.replaceAll('${', '\\${') : inside;
    found.push(`${quote}${written}${quote}`);
    const ascii = written.replace(/[\u0080-\uffff]/g, (unit) => `\\u${hex(unit)}`);
    if (ascii !== written) found.push(`${quote}${ascii}${quote}`);
  }
  return found;
}

function hex(unit: string): string {
  return unit.charCodeAt(0).toString(16).padStart(4, '0');
}
