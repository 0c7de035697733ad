/** Marks a statement. It takes no `${}`, so the compiler refuses a pasted value. */
export function sql(text: TemplateStringsArray): string {
  return text.join('');
}
