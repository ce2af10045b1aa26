import { FetchError } from "@mirror/fetch";

/**
 * The error, if all that servers said is 403 Forbidden: object stores that may not be listed answer
 * that for what they lack.
 */
export function forbidden(error: unknown): FetchError | undefined {
  if (!(error instanceof FetchError)) return undefined;
  return [error, ...error.others].every(({ status }) => status === 403) ? error : undefined;
}
