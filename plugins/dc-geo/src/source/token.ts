/** When a bearer token ends, if it says so. */

/**
 * The moment in a JSON Web Token's `exp`; `undefined` for a token of another kind or without one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4
 */
export function tokenExpiry(token: string): Date | undefined {
  const payload = token.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof exp === 'number' && Math.abs(exp) < 1e11 ? new Date(exp * 1000) : undefined;
  } catch {
    return undefined; // not a JWT: any other text may be a token as well
  }
}
